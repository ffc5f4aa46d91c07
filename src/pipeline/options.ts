// The options of sources, stages and pipelines, as a user writes them. What each may be at run time is checked beside its pattern.
import type { Schema } from '../model/schema.ts'
import type { Duration, Key, Position, Priority, Size, Tolerance } from '../model/values.ts'
import type { Context, Passed, Worker } from '../model/worker.ts'
import type { Limit } from './limit.ts'

export interface SourceOptions<T> {
  readonly schema?: Schema<any, T> | undefined
  /** Same id, same item: duplicates within `idHorizon` are dropped. Default: the source's position. */
  readonly id?: ((item: T) => Key) | undefined
  readonly time?: ((item: T) => Date) | undefined
}

export interface SubscriptionOptions {
  /** Where a new subscription begins. Default: the beginning. */
  readonly from?: Position | undefined
}

export interface MergeOptions<T> {
  readonly priority?: ((item: T) => Priority) | undefined
}

export interface JoinByKeyOptions {
  /** How long the parts of one key wait for each other. */
  readonly within: Duration
}

export interface BarrierOptions {
  /** Failed items, over the stages before it, with which it still opens. Default 0. */
  readonly tolerate?: Tolerance | undefined
}

export interface SinkOptions {
  /** What the stage is called. Default: the name of the sink. */
  readonly name?: string | undefined
}

export interface LookupOptions<D> {
  /** Stands in for a missing entry (`undefined` for an outer join). Without it the item goes to `missing`. */
  readonly default?: D
  /** How long an item waits for its entry before it is missing. Default 0s. */
  readonly wait?: Duration | undefined
}

export interface ShardOptions<T> {
  /** Items of the same value go to the same shard. */
  readonly by: (item: T) => Key
  /** A number of even shards, or shards by name. A weight of 2 is twice the items of a weight of 1, the default. */
  readonly shards: number | Readonly<Record<string, ShardSettings>>
  /** Share of failures in a shard at which its items go to the others. Default 50%; `never` keeps them waiting. */
  readonly spillAbove?: `${number}%` | 'never' | undefined
}

export interface ShardSettings {
  readonly region?: string | undefined
  readonly weight?: number | undefined
  readonly paused?: boolean | undefined
}

export interface WindowOptions {
  /** How long a window waits for late items. Default 0s. */
  readonly allowedLateness?: Duration | undefined
  /** What comes later still. Default 'fail': into the dead letters and the report. */
  readonly late?: 'fail' | 'drop' | 'update' | undefined
}

/** At least one of the three; the first reached closes the batch. */
export interface BatchOptions {
  readonly count?: number | undefined
  readonly size?: Size | undefined
  readonly within?: Duration | undefined
}

export interface ReduceOptions {
  /** Default: at completion of a bounded run, every second of a running one. */
  readonly emit?: 'at-end' | { readonly every: Duration } | 'each-change' | undefined
  /** Another number builds the state anew from the retained stream beside the old one and swaps when caught up. */
  readonly version?: number | undefined
  /** Threads that map and reduce files and the like, split by split, where results come at the end. Default 'auto': one for each core. */
  readonly threads?: number | 'auto' | undefined
  /** For the sums of all threads of the stage together; what is more goes to disk until the end. Default '256MB'. */
  readonly memory?: Size | undefined
}

export interface WorkDefaults {
  readonly attempts?: number | undefined
  readonly backoff?: BackoffOptions | undefined
  readonly timeout?: Duration | undefined
  /** Items at once in this stage, in each process. */
  readonly concurrency?: number | 'auto' | undefined
}

export interface BackoffOptions {
  readonly type?: 'exponential' | 'fixed' | undefined
  readonly delay?: Duration | undefined
  readonly max?: Duration | undefined
  readonly jitter?: boolean | undefined
}

export interface WorkOptions<T, R = unknown> extends WorkDefaults {
  readonly threads?: number | 'auto' | undefined
  readonly processes?: number | 'auto' | undefined
  readonly memory?: Size | undefined
  readonly cpu?: number | undefined
  readonly limit?: Limit | readonly Limit[] | undefined
  readonly priority?: ((item: T) => Priority) | undefined
  /** What undoes a finished item when the run is aborted, in reverse order. */
  readonly undo?: ((result: NoInfer<Passed<T, R>>, item: T, context: Context) => void | Promise<void>) | undefined
  readonly tolerate?: Tolerance | undefined
  readonly hours?: string | undefined
}

export interface KeyedWorkOptions<T, R = unknown> extends WorkOptions<T, R> {
  readonly ordered?: boolean | undefined
  readonly perKey?: { readonly concurrency?: number | undefined; readonly perSecond?: number | undefined } | undefined
}

export interface ShardedWorkOptions<T, R = unknown> extends WorkOptions<T, R> {
  /** The worker given is the new one; until each shard is moved it runs `from`. Remove the option when done. */
  readonly rollout?: RolloutOptions<T, R> | undefined
}

export interface RolloutOptions<T, R> {
  readonly from: Worker<T, NoInfer<R>>
  /** Names of shards; those not named come last. */
  readonly order?: readonly string[] | undefined
  readonly soak?: Duration | undefined
  readonly rollBackAbove?: `${number}%` | undefined
}

export interface PipelineOptions<Params, Given = Params> {
  /** Identify a run: same parameters go on, others are another run. Flags of the command line come from it. */
  readonly params?: Schema<Given, Params> | undefined
  readonly schedule?: string | Schedule | undefined
  /** Failed items, over all stages, past which the run stops. Default: no limit; the report tells. */
  readonly tolerate?: Tolerance | undefined
  /** Values above `over` go to `store`, a token through the log. Default: 256KB, beside the embedded store. */
  readonly claimCheck?: { readonly over?: Size | undefined; readonly store: PayloadStore } | false | undefined
  /** Defaults for every work stage. */
  readonly work?: WorkDefaults | undefined
}

export interface Schedule {
  readonly cron: string
  readonly timeZone?: string | undefined
  readonly overlap?: 'skip' | 'queue' | undefined
  readonly catchUp?: 'none' | 'last' | 'all' | undefined
}

export interface PayloadStore {
  readonly kind: string
}

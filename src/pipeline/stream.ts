// What a pipeline file works with: streams and what becomes of them. Only types: node-stream.ts is what stands behind all of them.
import type { Failure, Meta } from '../model/item.ts'
import type { Reducer } from '../model/reducer.ts'
import type { Key } from '../model/values.ts'
import type { Passed, Worker } from '../model/worker.ts'
import type { Sink } from '../sink.ts'
import type {
  BarrierOptions, BatchOptions, KeyedWorkOptions, LookupOptions, ReduceOptions, ShardedWorkOptions, ShardOptions, SinkOptions, WindowOptions, WorkOptions,
} from './options.ts'
import type { Window } from './window.ts'

/** Using a stream twice is the copier: stored once, read by each at its own pace. */
export interface Stream<T> {
  // pure, synchronous, fused: no name, no storage
  map<U>(transform: (item: T, meta: Meta) => Sync<U>): Stream<U>
  filter<U extends T>(keep: (item: T, meta: Meta) => item is U): Stream<U>
  filter(keep: (item: T, meta: Meta) => boolean): Stream<T>
  flatMap<U>(transform: (item: T, meta: Meta) => Iterable<U>): Stream<U>
  split<R extends Routes<T>, D extends string = never>(routes: R, options?: { readonly default?: D | undefined }): SplitStreams<T, R, D>
  copy<const N extends string, S>(names: readonly N[], build: (copy: Stream<T>, name: N) => S): { readonly [K in N]: S }
  keyBy<K extends Key>(key: (item: T, meta: Meta) => K): KeyedStream<K, T>
  lookup<K extends Key, V, U, D = never>(
    table: Table<K, V>, key: (item: T) => NoInfer<K>, combine: (item: T, value: V | D) => U, options?: LookupOptions<D>,
  ): Stream<U> & { readonly missing: Stream<T> }
  window(window: Window, options?: WindowOptions): WindowedStream<undefined, T>

  // durable: the name comes first and is what restarts, topics, metrics and traces use
  work<R>(name: string, worker: Worker<T, R>, options?: WorkOptions<T, R>): Stream<Passed<T, R>> & Failing<T>
  shard(name: string, options: ShardOptions<T>): ShardedStream<T>
  /** Holds the items until every one before it is done. */
  barrier(name: string, options?: BarrierOptions): Stream<T>
  reduce<A, R>(name: string, reducer: Reducer<T, A, R>, options?: ReduceOptions): Stream<R>
  batch(name: string, until: BatchOptions): Stream<readonly T[]>
  /** Gives the items written, to go on with. */
  to(sink: Sink<T>, options?: SinkOptions): Stream<T>
}

export interface Failing<T> {
  /** Items given up on, after they are in the dead-letter topic and the report. */
  readonly failed: Stream<Failure<T>>
}

export type Sync<U> = U extends PromiseLike<unknown> ? { readonly error: 'map is synchronous: use work() for what waits' } : U
export type Routes<T> = Readonly<Record<string, (item: T) => boolean>>
export type SplitStreams<T, R, D extends string> =
  { readonly [N in keyof R]: Stream<R[N] extends (item: any) => item is infer U ? Extract<T, U> : T> } & { readonly [N in D]: Stream<T> }

/** Stays in its shard through fused operators and workers. */
export interface ShardedStream<T> extends Stream<T> {
  map<U>(transform: (item: T, meta: Meta) => Sync<U>): ShardedStream<U>
  filter<U extends T>(keep: (item: T, meta: Meta) => item is U): ShardedStream<U>
  filter(keep: (item: T, meta: Meta) => boolean): ShardedStream<T>
  flatMap<U>(transform: (item: T, meta: Meta) => Iterable<U>): ShardedStream<U>
  work<R>(name: string, worker: Worker<T, R>, options?: ShardedWorkOptions<T, R>): ShardedStream<Passed<T, R>> & Failing<T>
}

/** Not a Stream: it has what needs a key, and nothing else. */
export interface KeyedStream<K extends Key, T> {
  work<R>(name: string, worker: Worker<T, R>, options?: KeyedWorkOptions<T, R>): Stream<Passed<T, R>> & Failing<T>
  reduce<A, R>(name: string, reducer: Reducer<T, A, R>, options?: ReduceOptions): Table<K, R>
  /** The latest item of each key: `reduce(name, latest())`. */
  table(name: string, options?: ReduceOptions): Table<K, T>
  window(window: Window, options?: WindowOptions): WindowedStream<K, T>
  batch(name: string, until: BatchOptions): Stream<Entry<K, readonly T[]>>
}

export interface Entry<K, V> {
  readonly key: K
  readonly value: V
}

/** A stream of its changes, and something to look up. */
export interface Table<K extends Key, V> extends Stream<Entry<K, V>> {
  readonly name: string
  readonly '~lookup'?: (key: K) => V | undefined
}

export interface Joined<K extends Key, R> extends Stream<R & { readonly key: K }> {
  readonly incomplete: Stream<Partial<R> & { readonly key: K }>
}

export interface WindowedStream<K, T> {
  reduce<A, R>(name: string, reducer: Reducer<T, A, R>, options?: ReduceOptions): Stream<WindowEntry<K, R>> & { readonly late: Stream<T> }
}

export interface WindowEntry<K, V> extends Entry<K, V> {
  readonly start: Date
  readonly end: Date
}

export type KeyedStreams<K extends Key> = Readonly<Record<string, KeyedStream<K, any>>>
export type ItemOf<S> = S extends Stream<infer T> ? T : never
export type Outputs = Readonly<Record<string, Stream<unknown>>>

// The plan as data: stages with their inputs and outputs, topics, barriers. `plan` prints it, the runtime runs it, a simulator may too.
import type { Failure, Meta, RetryState } from '../model/item.ts'
import type { Layout } from '../model/items.ts'
import type { Reducer } from '../model/reducer.ts'
import type { Schema } from '../model/schema.ts'
import type { Duration, Key, Position, Priority, Tolerance } from '../model/values.ts'
import type { Worker } from '../model/worker.ts'
import type { BatchNode, ReduceNode, Shard, Splitter, WorkSettings } from '../pipeline/graph.ts'
import type { Topic } from '../pipeline/topic.ts'
import type { Sink } from '../sink.ts'
import type { Source } from '../source.ts'

export type Operator =
  | { readonly kind: 'map'; readonly transform: (item: any, meta: Meta) => unknown }
  | { readonly kind: 'filter'; readonly keep: (item: any, meta: Meta) => boolean }
  | { readonly kind: 'flatMap'; readonly transform: (item: any, meta: Meta) => Iterable<unknown> }
  /** A dead letter as the failure that `.failed` gives. */
  | { readonly kind: 'failure'; readonly stage: string; readonly failureOf: (state: RetryState, item: Pick<Failure<unknown>, 'id' | 'origin' | 'stage' | 'item'>) => Failure<unknown> }
  | { readonly kind: 'key'; readonly key: (item: any, meta: Meta) => Key }
  | { readonly kind: 'schema'; readonly schema: Schema<any, unknown>; readonly name: string }
  /** `isChecker`: of all consumers of a splitter, the one that reports items without a route. */
  | { readonly kind: 'route'; readonly route: string; readonly splitter: Splitter; readonly isChecker: boolean }

/** One thing a stage reads, with the operators fused in front of it. */
export interface InputPlan {
  /** Unique within the stage; progress is kept under it. */
  readonly name: string
  readonly from:
    | { readonly kind: 'topic'; readonly topic: string; readonly position?: Position | undefined; readonly key?: ((item: any) => Key) | undefined }
    | { readonly kind: 'dead-letters'; readonly topic: string; readonly stage: string }
    | { readonly kind: 'source'; readonly name: string; readonly source: Source<unknown>; readonly splits: string }
  readonly operators: readonly Operator[]
  /** Barriers that must be open, and sink stages that must have finished, before anything is read. */
  readonly gates: readonly Gate[]
}

export type Gate = { readonly kind: 'barrier'; readonly name: string } | { readonly kind: 'end'; readonly stage: string }

/** How a stage's results are laid into the partitions of its output topic. */
export interface Partitioning {
  /** The sharder's; without `by` a result stays in the shard its item was in. */
  readonly shards: readonly Shard[]
  readonly by?: ((item: any) => Key) | undefined
  readonly priority?: ((item: any) => Priority) | undefined
  /** In place of shards: results go evenly into so many parts, those with a key by it. `key` gives it where the topic has one. */
  readonly parts?: number | undefined
  readonly key?: ((item: any) => Key) | undefined
}

interface StageBase {
  readonly name: string
  readonly at: string
  readonly inputs: readonly InputPlan[]
  /** Independent parts that end by themselves; the shards where there are any. */
  readonly lanes: number
  readonly shards: readonly Shard[]
  /** What it reads was laid out by key: all that has to do with each other is in one lane. */
  readonly isByKey?: boolean | undefined
  /** Name of the topic the results go to. */
  readonly output: string
  /** The user's topic, where that is one. */
  readonly topic?: Topic<any, any> | undefined
  readonly partitioning: Partitioning
}

export interface WorkStage extends StageBase {
  readonly kind: 'work'
  readonly worker: Worker<any, any>
  readonly settings: WorkSettings
  /** Share of failed attempts, 0 to 1, above which a shard's items go to the others. Undefined: never. */
  readonly spillAbove?: number | undefined
  /** 'old': `worker` is the one that a rollout replaces. */
  readonly version?: 'old' | undefined
  /** 'chunks': an item of `worker` is a ChunkCall, its result what the worker of chunks gave. */
  readonly calls?: 'chunks' | undefined
}

export interface ReduceStage extends StageBase {
  readonly kind: 'reduce'
  readonly reducer: Reducer<any, any, any>
  readonly isKeyed: boolean
  readonly emit: ReduceNode['emit']
  readonly version: number
  readonly threads?: ReduceNode['threads']
  readonly memory?: ReduceNode['memory']
}

export interface BatchStage extends StageBase {
  readonly kind: 'batch'
  readonly isKeyed: boolean
  readonly until: BatchNode['until']
}

export interface SinkStage extends StageBase {
  readonly kind: 'sink'
  readonly sink: Sink<any>
}

/** Stores what it reads: a source read more than once, a sharder, a merger with priorities, what several processes reduce by key, a topic written to. */
export interface RelayStage extends StageBase {
  readonly kind: 'relay'
  readonly reason: 'source' | 'shard' | 'priority' | 'parts' | 'key' | 'topic'
  /** The stage whose input it lays out, where it is there for that one alone. */
  readonly forStage?: string | undefined
  readonly id?: ((item: any) => Key) | undefined
  readonly time?: ((item: any) => Date) | undefined
}

export type StagePlan = WorkStage | ReduceStage | BatchStage | SinkStage | RelayStage

export interface TopicPlan {
  readonly name: string
  /** A user's topic outlives the run and keeps its own name; the others belong to the run. */
  readonly isShared: boolean
  readonly shards: number
  /** 3 where items have priorities, else 1. Partition = shard x levels + level. */
  readonly levels: 1 | 3
  readonly producers: readonly string[]
  /** Stages that read it. */
  readonly readers: readonly string[]
  /** By the line where a sink that reads it takes lines; never a table where others than Batchwork may read it, which is on Kafka. */
  readonly layout: Layout
  /** Stages whose reading bounds it; those behind a barrier do not, nor do batches, which gather; a topic with only such readers is kept whole. */
  readonly boundedBy: readonly string[]
  /** How long a user's topic keeps what every reader is done with. */
  readonly keepFor?: Duration | 'always' | undefined
  /** Kept until the run's history goes, for it can be read as a result. */
  readonly isKept: boolean
}

export interface BarrierPlan {
  readonly name: string
  readonly at: string
  readonly tolerate: Tolerance
  /** Stages before it, back to the barriers before those. */
  readonly before: readonly string[]
  /** Topics that must be complete. */
  readonly topics: readonly string[]
}

export interface OutputPlan {
  readonly name: string
  readonly inputs: readonly InputPlan[]
}

export interface Plan {
  readonly pipeline: string
  readonly hash: string
  readonly stages: readonly StagePlan[]
  readonly topics: readonly TopicPlan[]
  readonly barriers: readonly BarrierPlan[]
  readonly outputs: readonly OutputPlan[]
  readonly tolerate: Tolerance | undefined
}

export const levels: readonly Priority[] = ['high', 'normal', 'low']

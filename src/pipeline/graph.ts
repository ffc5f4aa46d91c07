// What a pipeline file builds: nodes that know the nodes they read. Pure data and functions; the planner turns it into stages and topics.
import type { Duration, Key, Position, Priority, Size, Tolerance } from '../model/values.ts'
import type { Meta } from '../model/item.ts'
import type { Reducer } from '../model/reducer.ts'
import type { Schema } from '../model/schema.ts'
import type { Worker } from '../model/worker.ts'
import type { Sink } from '../sink.ts'
import type { Source } from '../source.ts'
import type { Limit } from './limit.ts'
import type { Topic } from './topic.ts'

interface NodeBase {
  /** File, line and column of the call that made it. */
  readonly at: string
  readonly inputs: readonly GraphNode[]
}

export interface SourceNode extends NodeBase {
  readonly kind: 'source'
  readonly name: string
  readonly source: Source<unknown>
  readonly schema?: Schema<any, unknown> | undefined
  readonly id?: ((item: any) => Key) | undefined
  readonly time?: ((item: any) => Date) | undefined
}

export interface TopicNode extends NodeBase {
  readonly kind: 'topic'
  readonly name: string
  readonly topic: Topic<any, any>
  readonly from?: Position | undefined
}

export interface MapNode extends NodeBase {
  readonly kind: 'map'
  readonly transform: (item: any, meta: Meta) => unknown
}

export interface FilterNode extends NodeBase {
  readonly kind: 'filter'
  readonly keep: (item: any, meta: Meta) => boolean
}

export interface FlatMapNode extends NodeBase {
  readonly kind: 'flatMap'
  readonly transform: (item: any, meta: Meta) => Iterable<unknown>
}

/** One output of a splitter. All routes of one splitter share `splitter`. */
export interface RouteNode extends NodeBase {
  readonly kind: 'route'
  readonly route: string
  readonly splitter: Splitter
}

export interface Splitter {
  readonly routes: Readonly<Record<string, (item: any) => boolean>>
  readonly default?: string | undefined
}

export interface MergeNode extends NodeBase {
  readonly kind: 'merge'
  readonly name: string
  readonly priority?: ((item: any) => Priority) | undefined
}

export interface ShardNode extends NodeBase {
  readonly kind: 'shard'
  readonly name: string
  readonly by: (item: any) => Key
  readonly shards: readonly Shard[]
  /** As it was given: by default 50%, where nothing behind it needs an order. */
  readonly spillAbove?: `${number}%` | 'never' | undefined
}

export interface Shard {
  readonly name: string
  readonly region?: string | undefined
  readonly weight: number
  readonly paused: boolean
}

export interface KeyNode extends NodeBase {
  readonly kind: 'key'
  readonly key: (item: any, meta: Meta) => Key
}

export interface WorkNode extends NodeBase {
  readonly kind: 'work'
  readonly name: string
  readonly worker: Worker<any, any>
  readonly options: WorkSettings
}

/** The options of `work` of plain, keyed and sharded streams together, as the user gave them. */
export interface WorkSettings {
  readonly attempts?: number | undefined
  readonly backoff?: Backoff | undefined
  readonly timeout?: Duration | undefined
  readonly concurrency?: number | 'auto' | undefined
  readonly threads?: number | 'auto' | undefined
  readonly processes?: number | 'auto' | undefined
  readonly memory?: Size | undefined
  readonly cpu?: number | undefined
  readonly limit?: Limit | readonly Limit[] | undefined
  readonly priority?: ((item: any) => Priority) | undefined
  readonly undo?: ((result: any, item: any, context: any) => void | Promise<void>) | undefined
  readonly tolerate?: Tolerance | undefined
  readonly hours?: string | undefined
  readonly ordered?: boolean | undefined
  readonly perKey?: { readonly concurrency?: number | undefined; readonly perSecond?: number | undefined } | undefined
  readonly rollout?: RolloutSettings | undefined
}

export interface RolloutSettings {
  readonly from: Worker<any, any>
  readonly order?: readonly string[] | undefined
  readonly soak?: Duration | undefined
  readonly rollBackAbove?: `${number}%` | undefined
}

export interface Backoff {
  readonly type?: 'exponential' | 'fixed' | undefined
  readonly delay?: Duration | undefined
  readonly max?: Duration | undefined
  readonly jitter?: boolean | undefined
}

/** What a work stage gave up on, as Failure items. Its one input is the work node. */
export interface FailedNode extends NodeBase {
  readonly kind: 'failed'
}

export interface BarrierNode extends NodeBase {
  readonly kind: 'barrier'
  readonly name: string
  readonly tolerate: Tolerance
}

/** Its input is a key node for a table, anything else for one result over all items. */
export interface ReduceNode extends NodeBase {
  readonly kind: 'reduce'
  readonly name: string
  readonly reducer: Reducer<any, any, any>
  readonly emit?: 'at-end' | 'each-change' | { readonly every: Duration } | undefined
  readonly version?: number | undefined
  readonly threads?: number | 'auto' | undefined
  readonly memory?: Size | undefined
}

/** Its input is a key node for a batch of each key. */
export interface BatchNode extends NodeBase {
  readonly kind: 'batch'
  readonly name: string
  readonly until: { readonly count?: number | undefined; readonly size?: Size | undefined; readonly within?: Duration | undefined }
}

export interface SinkNode extends NodeBase {
  readonly kind: 'sink'
  readonly name: string
  readonly sink: Sink<any> | Topic<any, any>
}

/** Patterns that the types know and the planner does not run yet: it refuses them by name. */
export interface LaterNode extends NodeBase {
  readonly kind: 'later'
  readonly name: string
  readonly pattern: 'joinByKey' | 'incomplete' | 'lookup' | 'missing' | 'window' | 'late'
}

export type GraphNode =
  | SourceNode | TopicNode | MapNode | FilterNode | FlatMapNode | RouteNode | MergeNode | ShardNode | KeyNode
  | WorkNode | FailedNode | BarrierNode | ReduceNode | BatchNode | SinkNode | LaterNode

export interface Graph {
  readonly name: string
  /** In the order they were made; a node comes after its inputs. */
  readonly nodes: readonly GraphNode[]
  readonly outputs: Readonly<Record<string, GraphNode>>
}

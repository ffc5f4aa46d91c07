// What users import from 'batchwork': named exports only. Subpaths: batchwork/sqlite, batchwork/testing.
export { BatchworkError, OptionError, PermanentError, PlanError, SchemaError, type SchemaIssue } from './model/errors.ts'
export type { ErrorDescription, Failure, FailureReason, Meta } from './model/item.ts'
export type { Reducer } from './model/reducer.ts'
export { RetryLater } from './model/retry-later.ts'
export type { Schema } from './model/schema.ts'
export type { Duration, Key, Position, Priority, Size, Tolerance } from './model/values.ts'
export type { ChunkContext, ChunkWorker, Context, Outcome, Passed, Worker, WorkerLog as Log } from './model/worker.ts'
export type { Sink, SinkChunk } from './sink.ts'
export type { Block, Source, SourceContext, SourceItem, Split } from './source.ts'

export { agree, DisagreementError } from './patterns/agree.ts'
export { multiWorker } from './patterns/multi-worker.ts'
export { race } from './patterns/race.ts'
export { inChunks } from './pipeline/chunk-worker.ts'
export type { Flow } from './pipeline/flow.ts'
export { limit, type Limit, type LimitOptions } from './pipeline/limit.ts'
export type {
  BackoffOptions, BarrierOptions, BatchOptions, JoinByKeyOptions, KeyedWorkOptions, LookupOptions, MergeOptions, PayloadStore, PipelineOptions, ReduceOptions,
  RolloutOptions, Schedule, ShardedWorkOptions, ShardOptions, ShardSettings, SinkOptions, SourceOptions, SubscriptionOptions, WindowOptions, WorkDefaults, WorkOptions,
} from './pipeline/options.ts'
export { pipeline, type Pipeline } from './pipeline/pipeline.ts'
export type {
  Entry, Failing, ItemOf, Joined, KeyedStream, KeyedStreams, Outputs, Routes, ShardedStream, SplitStreams, Stream, Sync, Table, WindowedStream, WindowEntry,
} from './pipeline/stream.ts'
export { topic, type Topic, type TopicOptions } from './pipeline/topic.ts'
export { session, sliding, tumbling, type Window } from './pipeline/window.ts'

export { count } from './reducers/count.ts'
export { countBy } from './reducers/count-by.ts'
export { sum } from './reducers/sum.ts'
export { mean } from './reducers/mean.ts'
export { variance } from './reducers/variance.ts'
export { min } from './reducers/min.ts'
export { max } from './reducers/max.ts'
export { topK } from './reducers/top-k.ts'
export { distinct } from './reducers/distinct.ts'
export { quantiles } from './reducers/quantiles.ts'
export { histogram } from './reducers/histogram.ts'
export { latest } from './reducers/latest.ts'
export { together } from './reducers/together.ts'
export { checkReducer } from './reducers/check-reducer.ts'

export { command, type CommandWorker } from './executors/command.ts'

export { files, type FileItem, type FilesOptions } from './sources/files.ts'
export { lines, type LineItem } from './sources/lines.ts'
export { csv } from './sources/csv.ts'
export { jsonLines } from './sources/json-lines.ts'
export { fields, type FieldsOptions } from './sources/fields.ts'
export { words } from './sources/words.ts'
export { items } from './sources/items.ts'
export { workSource, type WorkItem, type WorkSourceOptions } from './sources/work-source.ts'

export { jsonFile } from './sinks/json-file.ts'
export { jsonLinesFile } from './sinks/json-lines-file.ts'
export { csvFile } from './sinks/csv-file.ts'

export { connect, type Client, type Parameterised, type RunOptions, type RunProgress, type RunReport, type Running } from './client/client.ts'
export { embedded, type Engine } from './client/engine.ts'
export type { PublishOptions, Receipt } from './client/publisher.ts'
export type { TraceStep } from './client/trace.ts'
export type { StageCounts } from './runtime/counts.ts'

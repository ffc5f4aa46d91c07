// A chunk as one item, for a worker of chunks that runs in a thread or process: what is known of its items goes with their values, as data.
import type { Meta } from '../model/item.ts'
import type { ChunkContext, Context, Worker } from '../model/worker.ts'
import { readChunkWorker } from './chunk-worker.ts'

/** Columns; one that says nothing is left out. */
export interface ChunkCall {
  readonly values: readonly unknown[]
  readonly ids: readonly string[]
  readonly times: readonly number[]
  readonly keys?: readonly (string | undefined)[] | undefined
  readonly headers?: readonly Readonly<Record<string, string>>[] | undefined
  /** Left out: the ids. */
  readonly origins?: readonly string[] | undefined
}

export function chunkCallOf(values: readonly unknown[], metas: readonly Meta[]): ChunkCall {
  const keys = metas.map(({ key }) => key)
  const headers = metas.map(meta => meta.headers)
  const ids = metas.map(({ id }) => id)
  const origins = metas.map(({ origin }) => origin)
  return {
    values, ids,
    times: metas.map(({ time }) => time.getTime()),
    keys: keys.some(key => key !== undefined) ? keys : undefined,
    headers: headers.some(each => Object.keys(each).length > 0) ? headers : undefined,
    origins: origins.some((origin, index) => origin !== ids[index]) ? origins : undefined,
  }
}

/** The same worker, of calls. Its result is what the worker of chunks gives, errors of single items among it. */
export function workerOfCalls(worker: Worker<never, unknown>): Worker<ChunkCall, unknown> {
  const { chunkWorker } = readChunkWorker(worker)!
  return (call, context) => chunkWorker(call.values, contextOfCall(call, context)) as unknown
}

function contextOfCall(call: ChunkCall, context: Context): ChunkContext {
  let metas: readonly Meta[] | undefined
  return {
    id: context.id,
    // Most workers ask for none.
    get items() { return (metas ??= call.values.map((_, index) => metaIn(call, index))) },
    stage: context.stage,
    shard: context.shard,
    log: context.log,
    get signal() { return context.signal },
    progress: (done, total) => context.progress(done, total),
  }
}

function metaIn({ ids, times, keys, headers, origins = ids }: ChunkCall, index: number): Meta {
  return { id: ids[index]!, key: keys?.[index], time: new Date(times[index]!), headers: headers?.[index] ?? {}, origin: origins[index]! }
}

// A worker of whole chunks, in the clothes of a worker of one item: the runtime sees the marker and calls it with many at once;
// anything else (a part of multiWorker, a contestant of race) calls it with one.
import { PermanentError } from '../model/errors.ts'
import { RetryLater } from '../model/retry-later.ts'
import type { ChunkContext, ChunkWorker, Context, Outcome, Worker } from '../model/worker.ts'
import { Brand } from './brand.ts'
import { looseCall } from './call.ts'
import { aCount, aFunction, checkArgument, checkOptions } from './checks.ts'

export interface ChunkWorkerMark {
  readonly chunkWorker: ChunkWorker<any, any>
  /** Items in a call, at most. */
  readonly size: number
}

export const chunkSizeDefault = 100

const brand = new Brand<ChunkWorkerMark>('chunkWorker')

/**
 * A worker from a function that takes many items at once and gives a list with an entry for each, in their order: its result, or a
 * PermanentError or RetryLater for that item alone. Nothing at all passes all items on.
 *
 * `size`: items in a call, at most; default 100. Throws PlanError.
 *
 *     stream.work('insert', inChunks(rows => insertAll(rows), { size: 500 }))
 */
export function inChunks<T, R>(worker: ChunkWorker<T, R>, options?: { readonly size?: number | undefined }): Worker<T, R> {
  const call = looseCall('inChunks()')
  checkArgument(call, worker, 'its first argument', aFunction)
  checkOptions(call, options, { size: aCount })
  const single = (item: T, context: Context) => settled(worker([item], chunkContextOf(context)))
  const named = Object.defineProperty(single, 'name', { value: worker.name })
  return brand.mark<Worker<T, R>>(named, { chunkWorker: worker, size: options?.size ?? chunkSizeDefault })
}

/** Undefined for a worker of single items. */
export function readChunkWorker(worker: unknown): ChunkWorkerMark | undefined {
  return brand.read(worker)
}

/** The outcome with an entry for each item; undefined passes an item on. Throws where the worker gave another number. */
export function checkOutcome<R>(outcome: Outcome<R>, count: number): readonly (R | PermanentError | RetryLater | undefined)[] {
  if (outcome === undefined) return Array.from({ length: count }, () => undefined)
  if (Array.isArray(outcome) && outcome.length === count) return outcome
  const gave = Array.isArray(outcome) ? `a list of ${outcome.length}` : `a value of type ${typeof outcome}`
  throw new TypeError(`a worker of chunks got ${count} items and gave ${gave}; give a list with one entry for each item, in their order, or nothing`)
}

function settled<R>(outcome: Outcome<R> | Promise<Outcome<R>>): R | Promise<R> {
  return outcome instanceof Promise ? outcome.then(only) : only(outcome)
}

function only<R>(outcome: Outcome<R>): R {
  const [entry] = checkOutcome(outcome, 1)
  if (entry instanceof PermanentError || entry instanceof RetryLater) throw entry
  return entry as R
}

function chunkContextOf(context: Context): ChunkContext {
  return {
    id: context.id,
    items: [context],
    stage: context.stage,
    shard: context.shard,
    log: context.log,
    get signal() { return context.signal },
    progress: (done, total) => context.progress(done, total),
  }
}

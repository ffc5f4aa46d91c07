// A worker is a function of an item and its context; multiWorker, race, agree, inChunks and command build one from others.
import type { PermanentError } from './errors.ts'
import type { Meta } from './item.ts'
import type { RetryLater } from './retry-later.ts'

/** Returning nothing passes the item on. */
export type Worker<T, R> = (item: T, context: Context) => R | Promise<R>
export type ChunkWorker<T, R> = (items: readonly T[], context: ChunkContext) => Outcome<R> | Promise<Outcome<R>>
/** One entry an item, in the order of the items. Nothing at all passes all of them on. */
export type Outcome<R> = readonly (R | PermanentError | RetryLater)[] | void
export type Passed<T, R> = R extends void ? T : R

export interface Context extends Meta {
  /** 1 for the first. */
  readonly attempt: number
  readonly attempts: number
  readonly stage: string
  readonly shard: string | undefined
  /** Aborted by the stage's timeout and by shutdown. */
  readonly signal: AbortSignal
  readonly log: WorkerLog
  progress(done: number, total?: number): void
}

export interface ChunkContext extends Pick<Context, 'stage' | 'shard' | 'signal' | 'log' | 'progress'> {
  readonly id: string
  readonly items: readonly Meta[]
}

export interface WorkerLog {
  info(message: string, data?: object): void
  warn(message: string, data?: object): void
  error(message: string, data?: object): void
}

// Where results go. A sink that stores (subscription, partition, epoch, ranges) beside what it writes makes committed output exactly once.
import type { Meta } from './model/item.ts'

export interface Sink<in T> {
  /** Stable: what the stage is called, and what a changed pipeline is compared by. */
  readonly name: string
  /** Whether it asks its chunks for `lines`: what it reads is stored so then. Default: no. */
  readonly takesLines?: boolean | undefined
  /** Resolves when the items are as durable as the sink makes them. Called again with the same ranges, or parts of them, after a crash. */
  write(chunk: SinkChunk<T>): Promise<void>
  /**
   * Once per run, after the last write; called also when the run wrote nothing. Idempotent: a crash in it calls it again. A redrive can begin another
   * round of a run that was finished: more writes of the same run, then this again.
   */
  finish?(outcome: 'completed' | 'aborted', run: string): Promise<void>
}

export interface SinkChunk<out T> {
  readonly id: string
  /** The run it belongs to: what another run staged and never finished is discarded. */
  readonly run: string
  readonly subscription: string
  readonly partition: number
  /** Raised with each new owner: refuse an older one. */
  readonly epoch: number
  /** Offsets [from, to), ascending; what a sink stores to skip what it has. */
  readonly ranges: readonly (readonly [from: number, to: number])[]
  readonly items: readonly T[]
  /** The same as JSON Lines, each with its line break, where they are stored so, for a sink that `takesLines`: it saves making the items. Read it before `items`, or not. */
  readonly lines?: string | undefined
  /** The offset of each item, ascending. An offset may give several items, or none; all of them are in the same chunk. */
  readonly offsets: readonly number[]
  readonly meta: readonly Meta[]
  readonly signal: AbortSignal
}

// When a batch is full, and which one has to go when too much is gathering. Pure.
import type { Duration, Size } from '../model/values.ts'
import { bytesOf, millisecondsOf } from '../model/values.ts'

/** Closed by whichever is reached first. */
export interface BatchBounds {
  readonly count: number
  readonly bytes: number
  readonly withinMs: number
}

export function boundsOf(stage: string, { count = Infinity, size, within }: { readonly count?: number | undefined; readonly size?: Size | undefined; readonly within?: Duration | undefined }): BatchBounds {
  return {
    count,
    bytes: size === undefined ? Infinity : bytesOf(size, `size of '${stage}'`),
    withinMs: within === undefined ? Infinity : millisecondsOf(within, `within of '${stage}'`),
  }
}

/** Whether a batch that holds this much is closed. */
export function isFull({ count, bytes }: BatchBounds, held: { readonly count: number; readonly bytes: number }): boolean {
  return held.count >= count || held.bytes >= bytes
}

/** Milliseconds until a batch opened at `openedAt` is due; 0 where a clock jumped past it, never more than the whole time where one jumped back. */
export function dueIn({ withinMs }: BatchBounds, openedAt: number, now: number): number {
  return Math.min(withinMs, Math.max(0, openedAt + withinMs - now))
}

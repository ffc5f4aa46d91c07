// What a sink has of one partition, stored beside its output: an older owner is refused, and what comes again is passed over.
import { FencedError } from '../model/errors.ts'
import { addRange, covers, type Range } from '../model/ranges.ts'
import type { SinkChunk } from '../sink.ts'

export interface Delivered {
  readonly epoch: number
  readonly ranges: readonly Range[]
}

export const nothingDelivered: Delivered = { epoch: 0, ranges: [] }

/** Whether nothing of it was delivered. Throws FencedError for an owner older than the one that delivered last. */
export function isAllNew({ epoch, ranges }: Pick<SinkChunk<unknown>, 'epoch' | 'ranges'>, before: Delivered): boolean {
  if (epoch < before.epoch) throw new FencedError(epoch, before.epoch)
  return !ranges.some(([from, to]) => before.ranges.some(range => range[0] < to && range[1] > from))
}

/** The items not yet delivered. Throws FencedError for an owner older than the one that delivered last. */
export function undelivered<T>(chunk: SinkChunk<T>, before: Delivered): readonly T[] {
  if (isAllNew(chunk, before)) return chunk.items
  return chunk.items.filter((_, index) => !covers(before.ranges, chunk.offsets[index]!))
}

/** `before` itself where the chunk brings nothing new. */
export function withChunk(chunk: Pick<SinkChunk<unknown>, 'epoch' | 'ranges'>, before: Delivered): Delivered {
  const ranges = [...before.ranges]
  for (const [from, to] of chunk.ranges) addRange(ranges, from, to)
  const isSame = chunk.epoch === before.epoch && JSON.stringify(ranges) === JSON.stringify(before.ranges)
  return isSame ? before : { epoch: chunk.epoch, ranges }
}

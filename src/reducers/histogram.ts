// How many items, or how much weight, between given bounds.
import { OptionError } from '../model/errors.ts'
import type { Reducer } from '../model/reducer.ts'
import { addExactly, type ExactSum, mergeExactly, roundExactly } from './exact-sum.ts'
import { readNumber, ReducerError } from './read-value.ts'

export interface HistogramOptions<T> {
  /** At least one, ascending, finite. A bound belongs to the bucket below it, as in Prometheus and OpenTelemetry. */
  readonly bounds: readonly number[]
  /** What an item counts; 1 by default. Weights are summed exactly, as in `sum`. */
  readonly weight?: ((item: T) => number) | undefined
}

/**
 * One number more than there are bounds: the weight of the values up to the first bound, of those above it up to the second, and so on; the
 * last is of those above the last bound. `bounds: [1, 10]` sorts 1, 5, 10, 11 into [1, 2, 1]. Throws ReducerError for NaN, which has no bucket.
 */
export function histogram<T>(value: (item: T) => number, options: HistogramOptions<T>): Reducer<T, readonly ExactSum[], readonly number[]> {
  const bounds = checkBounds([...options.bounds])
  const weigh = options.weight ?? (() => 1)
  return {
    create: () => Array.from({ length: bounds.length + 1 }, () => 0),
    add: (buckets, item) => {
      const bucket = bucketOf(readNumber(value(item), 'histogram'), bounds);
      (buckets as ExactSum[])[bucket] = addExactly(buckets[bucket]!, readNumber(weigh(item), "histogram's weight"))
      return buckets
    },
    merge: (a, b) => a.map((weight, bucket) => mergeExactly(weight, b[bucket]!)),
    extract: buckets => buckets.map(roundExactly),
  }
}

function bucketOf(value: number, bounds: readonly number[]): number {
  if (Number.isNaN(value)) throw new ReducerError('histogram read NaN from an item, which is in no bucket; filter such items out before the reduce')
  let from = 0
  for (let to = bounds.length; from < to;) {
    const middle = (from + to) >>> 1
    if (value <= bounds[middle]!) to = middle
    else from = middle + 1
  }
  return from
}

function checkBounds(bounds: readonly number[]): readonly number[] {
  const ascending = bounds.every((bound, index) => Number.isFinite(bound) && (index === 0 || bound > bounds[index - 1]!))
  if (bounds.length === 0 || !ascending) throw new OptionError('histogram: bounds', bounds, 'at least one finite number, each above the one before')
  return bounds
}

// Medians, percentiles and their like. Up to `exactUpTo` different values each is counted, so quantiles are exact; past that values are
// counted in log-linear buckets. Both depend on nothing but which values there were.
import { OptionError } from '../model/errors.ts'
import type { Reducer } from '../model/reducer.ts'
import { bucketOf, middleOf } from './log-linear-buckets.ts'
import { readNumber } from './read-value.ts'

/** How often there was each value, or any value of a bucket; `size` is the number of fields. */
interface Frequencies { kind: 'values' | 'buckets'; size: number; of: Record<string, number> }

const exactUpTo = 1_024

/**
 * For each share in `at`, from 0 (the smallest) over 0.5 (the median) to 1 (the largest): the smallest value such that at least that share
 * of all values is not above it. Exact as long as there are at most 1,024 different values, however many items. Beyond that within 0.8%
 * of the exact one (values nearer to 0 than 2 ** -1022: within 2 ** -1028). NaN for nothing, and if any value is NaN.
 * Holds one count for each non-empty bucket: 64 for each doubling of the values, 262,144 at the very most.
 */
export function quantiles<T>(value: (item: T) => number, at: readonly number[]): Reducer<T, Frequencies, readonly number[]> {
  const shares = [...at]
  if (!shares.every(share => share >= 0 && share <= 1)) throw new OptionError('quantiles: at', shares, 'shares from 0 to 1, such as [0.5, 0.99]')
  return {
    create: () => nothing('values'),
    add: (sum, item) => increase(sum, readNumber(value(item), 'quantiles'), 1),
    addTimes: (sum, item, times) => increase(sum, readNumber(value(item), 'quantiles'), times),
    merge,
    extract: sum => quantilesOf(sum, shares),
  }
}

function nothing(kind: Frequencies['kind']): Frequencies {
  return { kind, size: 0, of: Object.create(null) as Record<string, number> }
}

function merge(a: Frequencies, b: Frequencies): Frequencies {
  if (b.kind === 'values') return fields(b).reduce((sum, [value, times]) => increase(sum, Number(value), times), a)
  return fields(b).reduce((sum, [bucket, times]) => increaseField(sum, bucket, times), inBuckets(a))
}

function increase(sum: Frequencies, value: number, times: number): Frequencies {
  if (sum.kind === 'buckets') return increaseField(sum, bucketOf(value), times)
  const increased = increaseField(sum, value, times)
  return increased.size > exactUpTo ? inBuckets(increased) : increased
}

function increaseField(sum: Frequencies, field: string | number, times: number): Frequencies {
  const before = sum.of[field]
  if (before === undefined) sum.size++
  sum.of[field] = (before ?? 0) + times
  return sum
}

function inBuckets(sum: Frequencies): Frequencies {
  if (sum.kind === 'buckets') return sum
  return fields(sum).reduce((buckets, [value, times]) => increaseField(buckets, bucketOf(Number(value)), times), nothing('buckets'))
}

function fields(sum: Frequencies): readonly (readonly [field: string, times: number])[] {
  return Object.entries(sum.of)
}

function quantilesOf(sum: Frequencies, shares: readonly number[]): readonly number[] {
  const valueOf = sum.kind === 'values' ? Number : (bucket: string) => middleOf(Number(bucket))
  const ascending = fields(sum).map(([field, times]) => [valueOf(field), times] as const).toSorted(([a], [b]) => a - b)
  if (ascending.length === 0 || ascending.some(([value]) => Number.isNaN(value))) return shares.map(() => Number.NaN)
  const total = ascending.reduce((count, [, times]) => count + times, 0)
  return shares.map(share => valueAt(rankOf(share, total), ascending))
}

/** From 1. A hair less than the product: 0.07 * 100 is 7.000000000000001, and the rank is 7. */
function rankOf(share: number, total: number): number {
  return Math.max(1, Math.ceil(share * total * (1 - 2 ** -51)))
}

function valueAt(rank: number, ascending: readonly (readonly [value: number, times: number])[]): number {
  let passed = 0
  return ascending.find(([, times]) => (passed += times) >= rank)![0]
}

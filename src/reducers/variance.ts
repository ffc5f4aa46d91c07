// How far numbers spread. Sums of squares cancel badly when they are rounded on the way; here nothing is rounded before the end.
import type { Reducer } from '../model/reducer.ts'
import { addExactly, type ExactSum, isFiniteSum, mergeExactly, unitsIn } from './exact-sum.ts'
import { nearest } from './exact-units.ts'
import { readNumber, ReducerError } from './read-value.ts'

export interface VarianceOptions {
  /** 'sample' (the default) divides by one less than the count, 'population' by the count. */
  readonly of?: 'sample' | 'population' | undefined
}

interface Spread { readonly count: number; readonly total: ExactSum; readonly squares: ExactSum }

/** The squares of larger numbers are no numbers. */
const sizeMax = 1e150
/** One unit of exact-units.ts is 2 ** -unitBits. */
const unitBits = 1074n
/** Dekker's constant: cuts 53 bits into two halves, whose products are exact. */
const splitter = 2 ** 27 + 1

/**
 * The variance of a number of each item: the number nearest to the exact variance, so the same in any order and any parallelism, and right where
 * the spread is tiny beside the mean. NaN for too few items (one of a sample, none of a population) and for NaN or infinities among them. Squares
 * below 1e-290 lose digits. Throws ReducerError for finite numbers beyond 1e150, whose squares cannot be kept.
 *
 *     variance(({ milliseconds }) => milliseconds)                        // of a sample
 *     variance(({ milliseconds }) => milliseconds, { of: 'population' })
 *
 * Method: Dekker's exact product ("A floating-point technique for extending the available precision", 1971) into exact sums.
 */
export function variance<T>(value: (item: T) => number, options: VarianceOptions = {}): Reducer<T, Spread, number> {
  const fewer = options.of === 'population' ? 0 : 1
  return {
    create: () => ({ count: 0, total: 0, squares: 0 }),
    add: ({ count, total, squares }, item) => {
      const number = checkSize(readNumber(value(item), 'variance'))
      return { count: count + 1, total: addExactly(total, number), squares: addSquare(squares, number) }
    },
    merge: (a, b) => ({ count: a.count + b.count, total: mergeExactly(a.total, b.total), squares: mergeExactly(a.squares, b.squares) }),
    extract: spread => varianceOf(spread, fewer),
  }
}

function checkSize(value: number): number {
  if (Number.isFinite(value) && Math.abs(value) > sizeMax) throw new ReducerError(`variance read ${value}, but squares beyond ${sizeMax} cannot be kept; use a larger unit`)
  return value
}

function addSquare(squares: ExactSum, value: number): ExactSum {
  const square = value * value
  if (!Number.isFinite(square) || square === 0) return addExactly(squares, square)
  const wide = splitter * value
  const high = wide - (wide - value)
  const low = value - high
  const lost = low * low - ((square - high * high) - 2 * high * low)
  return addExactly(addExactly(squares, square), lost)
}

/** (count x squares - total x total) / (count x (count - fewer)), in whole numbers. */
function varianceOf({ count, total, squares }: Spread, fewer: number): number {
  if (count - fewer <= 0 || !isFiniteSum(total) || !isFiniteSum(squares)) return Number.NaN
  const sum = unitsIn(total)
  const spread = BigInt(count) * (unitsIn(squares) << unitBits) - sum * sum
  return nearest(spread, (BigInt(count) * BigInt(count - fewer)) << unitBits)
}

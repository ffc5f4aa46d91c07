// The average of a number of each item.
import type { Reducer } from '../model/reducer.ts'
import { addExactly, addTimesExactly, divideExactly, type ExactSum, mergeExactly } from './exact-sum.ts'
import { readNumber } from './read-value.ts'

interface Mean { readonly total: ExactSum; readonly count: number }

/** The number nearest to the exact mean, so the same in any order. NaN for nothing. NaN and infinities as in `sum`. */
export function mean<T>(value: (item: T) => number): Reducer<T, Mean, number> {
  return {
    create: () => ({ total: 0, count: 0 }),
    add: ({ total, count }, item) => ({ total: addExactly(total, readNumber(value(item), 'mean')), count: count + 1 }),
    addTimes: ({ total, count }, item, times) => ({ total: addTimesExactly(total, readNumber(value(item), 'mean'), times), count: count + times }),
    merge: (a, b) => ({ total: mergeExactly(a.total, b.total), count: a.count + b.count }),
    extract: ({ total, count }) => count === 0 ? Number.NaN : divideExactly(total, count),
  }
}

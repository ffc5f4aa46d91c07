// The total of a number of each item.
import type { Reducer } from '../model/reducer.ts'
import { addExactly, addTimesExactly, type ExactSum, mergeExactly, roundExactly } from './exact-sum.ts'
import { readNumber } from './read-value.ts'

/**
 * The total, rounded once, at the end: the same in any order and any parallelism, whatever the sizes of the numbers. [1e100, 1, -1e100] is 1,
 * ten times 0.1 is 1. 0 for nothing, and for nothing but -0. Totals on the way may exceed the largest number; a final one that does is Infinity.
 * NaN gives NaN; Infinity gives Infinity, but NaN together with -Infinity.
 */
export function sum<T>(value: (item: T) => number): Reducer<T, ExactSum, number> {
  return {
    create: () => 0,
    add: (total, item) => addExactly(total, readNumber(value(item), 'sum')),
    addTimes: (total, item, times) => addTimesExactly(total, readNumber(value(item), 'sum'), times),
    merge: mergeExactly,
    extract: roundExactly,
  }
}

// The largest number among those of the items.
import type { Reducer } from '../model/reducer.ts'
import { readNumber } from './read-value.ts'

const nothing = Number.NEGATIVE_INFINITY

/** The largest number; NaN if any is NaN. NaN too for nothing, which is stored as -Infinity: so it is for items that are all -Infinity. */
export function max<T>(value: (item: T) => number): Reducer<T, number, number> {
  return {
    create: () => nothing,
    add: (largest, item) => Math.max(largest, readNumber(value(item), 'max')),
    addTimes: (largest, item) => Math.max(largest, readNumber(value(item), 'max')),
    merge: (a, b) => Math.max(a, b),
    extract: largest => largest === nothing ? Number.NaN : largest,
  }
}

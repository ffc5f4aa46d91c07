// The smallest number among those of the items.
import type { Reducer } from '../model/reducer.ts'
import { readNumber } from './read-value.ts'

const nothing = Number.POSITIVE_INFINITY

/** The smallest number; NaN if any is NaN. NaN too for nothing, which is stored as Infinity: so it is for items that are all Infinity. */
export function min<T>(value: (item: T) => number): Reducer<T, number, number> {
  return {
    create: () => nothing,
    add: (smallest, item) => Math.min(smallest, readNumber(value(item), 'min')),
    addTimes: (smallest, item) => Math.min(smallest, readNumber(value(item), 'min')),
    merge: (a, b) => Math.min(a, b),
    extract: smallest => smallest === nothing ? Number.NaN : smallest,
  }
}

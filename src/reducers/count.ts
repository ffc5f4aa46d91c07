// How many items.
import type { Reducer } from '../model/reducer.ts'

/** The number of items; 0 for nothing. */
export function count(): Reducer<unknown, number, number> {
  return {
    create: () => 0,
    add: total => total + 1,
    addTimes: (total, _item, times) => total + times,
    merge: (a, b) => a + b,
    extract: total => total,
  }
}

// How many items.
import type { Reducer } from '../model/reducer.ts'

/** The number of items; 0 for nothing. */
export function count(): Reducer<unknown, number, number> {
  return {
    create: () => 0,
    add: total => total + 1,
    merge: (a, b) => a + b,
    extract: total => total,
  }
}

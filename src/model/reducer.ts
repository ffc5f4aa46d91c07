// A reduce in four functions, as in Beam's CombineFn: create, add, merge, extract.
import type { Meta } from './item.ts'

/** `merge` must give the same in any order, and `create()` must be neutral in it. Sums are plain data: they are stored. */
export interface Reducer<in T, A, out R> {
  create(): A
  add(sum: A, item: T, meta: Meta): A
  /** The same as `add` so many times, from 1: for sources that count equal items. Without it `add` is called as often. */
  addTimes?(sum: A, item: T, times: number): A
  merge(a: A, b: A): A
  extract(sum: A): R
}

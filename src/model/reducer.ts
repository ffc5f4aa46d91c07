// A reduce in four functions, as in Beam's CombineFn: create, add, merge, extract.
import type { Meta } from './item.ts'

/** `merge` must give the same in any order, and `create()` must be neutral in it. Sums are plain data: they are stored. */
export interface Reducer<in T, A, out R> {
  create(): A
  add(sum: A, item: T, meta: Meta): A
  merge(a: A, b: A): A
  extract(sum: A): R
}

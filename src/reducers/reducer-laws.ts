// The laws of a reducer, each as two results that must be the same. Sums are reduced anew for every use, as `add` and `merge` may reuse
// their first argument.
import { fromText, toText } from '../model/codec.ts'
import type { Meta } from '../model/item.ts'
import type { Reducer } from '../model/reducer.ts'

export interface Entry<T> { readonly item: T; readonly meta: Meta }
export type Groups<T> = readonly [a: readonly Entry<T>[], b: readonly Entry<T>[], c: readonly Entry<T>[]]

export interface Vocabulary<T, A, R> {
  readonly ofB: readonly Entry<T>[]
  readonly ofC: readonly Entry<T>[]
  readonly a: () => A
  readonly b: () => A
  readonly c: () => A
  readonly empty: () => A
  readonly addAll: (sum: A, entries: readonly Entry<T>[]) => A
  readonly merge: (a: A, b: A) => A
  readonly extract: (sum: A) => R
}

export interface Law {
  readonly name: string
  readonly sides: <T, A, R>(words: Vocabulary<T, A, R>) => readonly [R, R]
}

export const laws: readonly Law[] = [
  { name: 'merge(create(), a) gives a', sides: ({ a, empty, merge, extract }) => [extract(merge(empty(), a())), extract(a())] },
  { name: 'merge(a, create()) gives a', sides: ({ a, empty, merge, extract }) => [extract(merge(a(), empty())), extract(a())] },
  { name: 'merge(a, b) gives merge(b, a)', sides: ({ a, b, merge, extract }) => [extract(merge(a(), b())), extract(merge(b(), a()))] },
  {
    name: 'merge(merge(a, b), c) gives merge(a, merge(b, c))',
    sides: ({ a, b, c, merge, extract }) => [extract(merge(merge(a(), b()), c())), extract(merge(a(), merge(b(), c())))],
  },
  {
    name: 'adding the items of b to a gives merge(a, b)',
    sides: ({ a, b, ofB, merge, extract, addAll }) => [extract(addAll(a(), ofB)), extract(merge(a(), b()))],
  },
  {
    name: 'merge(a, b) gives the same when a and b were stored and read back',
    sides: ({ a, b, merge, extract }) => [extract(merge(stored(a()), stored(b()))), extract(merge(a(), b()))],
  },
  {
    name: 'adding the items of b to a gives the same when a was stored and read back',
    sides: ({ a, ofB, extract, addAll }) => [extract(addAll(stored(a()), ofB)), extract(addAll(a(), ofB))],
  },
  {
    name: 'merge(a, b) leaves b as it was, also when items of c are added to what it gave',
    sides: ({ a, b, ofC, merge, extract, addAll }) => {
      const second = b()
      addAll(merge(a(), second), ofC)
      return [extract(second), extract(b())]
    },
  },
  {
    name: 'extract(a) leaves a as it was',
    sides: ({ a, b, merge, extract }) => {
      const sum = a()
      extract(sum)
      return [extract(merge(sum, b())), extract(merge(a(), b()))]
    },
  },
]

/** The words that laws are written in. */
export function vocabulary<T, A, R>(reducer: Reducer<T, A, R>, [ofA, ofB, ofC]: Groups<T>): Vocabulary<T, A, R> {
  const addAll = (sum: A, entries: readonly Entry<T>[]) => entries.reduce((sum, { item, meta }) => reducer.add(sum, item, meta), sum)
  const reduced = (entries: readonly Entry<T>[]) => () => addAll(reducer.create(), entries)
  return {
    ofB,
    ofC,
    a: reduced(ofA),
    b: reduced(ofB),
    c: reduced(ofC),
    addAll,
    empty: () => reducer.create(),
    merge: (a, b) => reducer.merge(a, b),
    extract: sum => reducer.extract(sum),
  }
}

function stored<A>(sum: A): A {
  return fromText(toText(sum)) as A
}

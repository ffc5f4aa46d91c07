// What every reducer's tests share: items cut into parts, each part reduced alone, sums stored or not, and merged in any order and any tree.
import fc from 'fast-check'
import { fromText, toText } from '../../src/model/codec.ts'
import type { Meta } from '../../src/model/item.ts'
import type { Reducer } from '../../src/model/reducer.ts'

export interface Entry<T> { readonly item: T; readonly meta: Meta }

export function metaOf(id: string, time = 0): Meta {
  return { id, key: undefined, time: new Date(time), headers: {}, origin: id }
}

export function entriesOf<T>(items: readonly T[]): readonly Entry<T>[] {
  return items.map((item, index) => ({ item, meta: metaOf(`item-${index}`) }))
}

/** The sum of the items one after another. */
export function inSequence<T, A, R>(reducer: Reducer<T, A, R>, entries: readonly Entry<T>[]): A {
  return entries.reduce((sum, { item, meta }) => reducer.add(sum, item, meta), reducer.create())
}

export function resultOf<T, A, R>(reducer: Reducer<T, A, R>, items: readonly T[]): R {
  return reducer.extract(inSequence(reducer, entriesOf(items)))
}

/** How to split and merge: numbers from 0 up to 1, used in turn. */
export const schedules = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1, maxLength: 40 })

/** The sum of the items dealt at random to some parts, merged in random pairs until one is left. */
export function inParts<T, A, R>(reducer: Reducer<T, A, R>, entries: readonly Entry<T>[], schedule: readonly number[]): A {
  let step = 0
  const below = (limit: number) => Math.floor(schedule[step++ % schedule.length]! * limit)
  const parts: Entry<T>[][] = Array.from({ length: 1 + below(6) }, () => [])
  for (const entry of entries) {
    const part = parts[below(parts.length)]!
    part.splice(below(part.length + 1), 0, entry)
  }
  const sums = parts.map(part => inSequence(reducer, part))
  while (sums.length > 1) {
    const [a, b] = [sums.splice(below(sums.length), 1)[0]!, sums.splice(below(sums.length), 1)[0]!]
    sums.push(reducer.merge(below(2) === 0 ? a : stored(a), below(2) === 0 ? b : stored(b)))
  }
  return sums[0]!
}

export function stored<A>(sum: A): A {
  return fromText(toText(sum)) as A
}

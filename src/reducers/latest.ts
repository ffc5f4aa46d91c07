// The item of the latest time.
import { toText } from '../model/codec.ts'
import type { Reducer } from '../model/reducer.ts'

interface Dated<T> { readonly time: number; readonly id: string; readonly item: T }

const beforeAllDates = -8_640_000_000_000_001

/**
 * The item whose `meta.time` is latest; at the same time the one of the higher id, and of the same id the one of the higher text, so that
 * order does not matter. An invalid time counts as the earliest. `undefined` for nothing.
 */
export function latest<T>(): Reducer<T, Dated<T> | null, T> {
  return {
    create: () => null,
    add: (sum, item, meta) => later(sum, { time: timeOf(meta.time), id: meta.id, item }),
    merge: later,
    extract: sum => sum?.item as T,
  }
}

function timeOf(date: Date): number {
  const time = date.getTime()
  return Number.isNaN(time) ? beforeAllDates : time
}

function later<T>(a: Dated<T> | null, b: Dated<T> | null): Dated<T> | null {
  if (a === null || b === null) return a ?? b
  if (a.time !== b.time) return a.time > b.time ? a : b
  if (a.id !== b.id) return a.id > b.id ? a : b
  return toText(a.item) >= toText(b.item) ? a : b
}

// How many items of each key. A stored sum comes back with Object's prototype, so a key is looked up among own fields only, and '__proto__',
// which cannot be stored, is written with a backslash before it.
import type { Reducer } from '../model/reducer.ts'
import type { Key } from '../model/values.ts'
import { readKey } from './read-value.ts'

type Counts = Record<string, number>

const escaped = /^\\*__proto__$/

/**
 * The number of items of each key, as a record without a prototype whose keys are sorted (by UTF-16 code unit; whole numbers come first,
 * as in every JavaScript object). 1 and '1' are one key. One count is kept for each distinct key, without a bound: for millions of keys
 * use `keyBy(...).reduce(..., count())`, which is spread over machines.
 */
export function countBy<T>(key: (item: T) => Key): Reducer<T, Counts, Counts> {
  return {
    create: noCounts,
    add: (counts, item) => increase(counts, escape(readKey(key(item), 'countBy')), 1),
    addTimes: (counts, item, times) => increase(counts, escape(readKey(key(item), 'countBy')), times),
    merge: (a, b) => Object.keys(b).reduce((counts, field) => increase(counts, field, b[field]!), a),
    extract: sorted,
  }
}

function noCounts(): Counts {
  return Object.create(null) as Counts
}

function increase(counts: Counts, field: string, by: number): Counts {
  counts[field] = (Object.hasOwn(counts, field) ? counts[field]! : 0) + by
  return counts
}

function sorted(counts: Counts): Counts {
  const result = noCounts()
  for (const field of Object.keys(counts).toSorted()) result[unescape(field)] = counts[field]!
  return result
}

function escape(key: string): string {
  return escaped.test(key) ? `\\${key}` : key
}

function unescape(field: string): string {
  return escaped.test(field) ? field.slice(1) : field
}

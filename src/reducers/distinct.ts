// How many different keys. Up to `exactUpTo` of them their hashes are kept, so the number is exact; past that they become a HyperLogLog
// sketch of fixed size. Both depend on nothing but which keys there were.
import { hash } from 'node:crypto'
import type { Reducer } from '../model/reducer.ts'
import type { Key } from '../model/values.ts'
import { addHash, emptySketch, estimate, hashBits, mergeSketches, type Sketch } from './hyper-log-log.ts'
import { readKey } from './read-value.ts'

/** Hashes in ascending order, or the sketch that they became. */
type Distinct = readonly number[] | Sketch

const exactUpTo = 1_024

/**
 * The number of different keys; 1 and '1' are one key. Exact up to 1,024 (but for one chance in ten thousand million that two keys have the
 * same 52-bit hash); beyond that an estimate with a standard error of 0.81%: 19 in 20 estimates are within 1.6%, nearly all within 2.5%.
 * Holds 16 KiB at most.
 */
export function distinct<T>(key: (item: T) => Key): Reducer<T, Distinct, number> {
  return {
    create: () => [],
    add: (sum, item) => addTo(sum, hashOf(readKey(key(item), 'distinct'))),
    addTimes: (sum, item) => addTo(sum, hashOf(readKey(key(item), 'distinct'))),
    merge,
    extract: sum => isSketch(sum) ? Math.round(estimate(sum)) : sum.length,
  }
}

function merge(a: Distinct, b: Distinct): Distinct {
  if (!isSketch(b)) return b.reduce(addTo, a)
  return mergeSketches(isSketch(a) ? a : sketchOf(a), b)
}

function addTo(sum: Distinct, hashed: number): Distinct {
  if (isSketch(sum)) return addHash(sum, hashed)
  const at = placeOf(hashed, sum)
  if (sum[at] === hashed) return sum;
  (sum as number[]).splice(at, 0, hashed)
  return sum.length > exactUpTo ? sketchOf(sum) : sum
}

/** Index of the first that is not below. */
function placeOf(hashed: number, ascending: readonly number[]): number {
  let from = 0
  for (let to = ascending.length; from < to;) {
    const middle = (from + to) >>> 1
    if (ascending[middle]! < hashed) from = middle + 1
    else to = middle
  }
  return from
}

function sketchOf(hashes: readonly number[]): Sketch {
  return hashes.reduce(addHash, emptySketch())
}

function isSketch(sum: Distinct): sum is Sketch {
  return sum instanceof Uint8Array
}

/** UTF-8 has no form for half a surrogate pair; as UTF-16 such keys stay different. */
function hashOf(key: string): number {
  const digest = hash('sha1', key.isWellFormed() ? key : Buffer.from(key, 'utf16le'))
  return Number.parseInt(digest.slice(0, hashBits / 4), 16)
}

// The k items of the highest rank. The sum is those items alone, the best first; equal ranks are ordered by the item's text as it is stored,
// so that which of them is kept does not depend on who came first.
import { toText } from '../model/codec.ts'
import { OptionError } from '../model/errors.ts'
import type { Reducer } from '../model/reducer.ts'
import { readNumber } from './read-value.ts'

/**
 * The `k` items of the highest rank (fewer if there are fewer), the highest first. `rank` must give the same for the same item at any time;
 * NaN ranks lowest. An item that occurs twice is kept twice. `k` is a whole number from 1; k items are held in memory.
 */
export function topK<T>(k: number, rank: (item: T) => number): Reducer<T, readonly T[], readonly T[]> {
  if (!Number.isSafeInteger(k) || k < 1) throw new OptionError('topK: k', k, 'a whole number from 1')
  const rankOf = (item: T) => {
    const value = readNumber(rank(item), 'topK')
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value
  }
  const order = (a: T, b: T) => rankOf(b) - rankOf(a) || byText(a, b)
  return {
    create: () => [],
    add: (best, item) => insert(best as T[], item, k, order),
    merge: (a, b) => [...a, ...b].toSorted(order).slice(0, k),
    extract: best => [...best],
  }
}

function insert<T>(best: T[], item: T, k: number, order: (a: T, b: T) => number): readonly T[] {
  if (best.length === k && order(best[k - 1]!, item) <= 0) return best
  let from = 0
  for (let to = best.length; from < to;) {
    const middle = (from + to) >>> 1
    if (order(best[middle]!, item) <= 0) from = middle + 1
    else to = middle
  }
  best.splice(from, 0, item)
  if (best.length > k) best.pop()
  return best
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [toText(a), toText(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

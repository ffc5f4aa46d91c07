// Ranges of integer keys as splits.
import type { Split } from '../source.ts'

/** Both ends belong to it. Integers as text: plain data has no bigint. */
export interface KeyRange {
  readonly from: string
  readonly to: string
}

/** At most `count` ranges of equal width, from the least key to the greatest. */
export function rangesOf(least: bigint, most: bigint, count: number): readonly Split[] {
  const keys = most - least + 1n
  const splits: Split[] = []
  const ranges = keys < BigInt(count) ? keys : BigInt(count)
  for (let index = 0n; index < ranges; index++) {
    const from = String(least + keys * index / ranges)
    const to = String(least + keys * (index + 1n) / ranges - 1n)
    splits.push({ id: `${from}..${to}`, data: { from, to } satisfies KeyRange })
  }
  return splits
}

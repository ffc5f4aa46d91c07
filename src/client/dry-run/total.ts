// How many items a source has in all, told from a part of them. Pure.
import type { SampledSource } from './report.ts'

export type Total = Pick<SampledSource, 'sampled' | 'total' | 'from'>

export interface PartSeen {
  /** Read so far. */
  readonly items: number
  readonly isWhole: boolean
  /** In the source's own unit; undefined where the source cannot tell. */
  readonly size: number | undefined
  readonly sizeRead: number | undefined
}

/** Parts of which the source cannot tell the size are taken to have as many items as the others have. */
export function totalOf(parts: number, seen: readonly PartSeen[]): Total {
  const sampled = sumOf(seen, ({ items }) => items)
  if (seen.every(({ isWhole }) => isWhole)) return { sampled, total: sampled, from: 'all' }
  const measured = seen.filter(({ size, sizeRead }) => size !== undefined && sizeRead !== undefined)
  const sizeRead = sumOf(measured, part => part.sizeRead!)
  if (sizeRead > 0) {
    const density = sumOf(measured, ({ items }) => items) / sizeRead
    const told = seen.flatMap(({ items, isWhole, size }) => (isWhole ? [items] : size === undefined ? [] : [Math.max(items, size * density)]))
    return { sampled, total: Math.round(sumOf(told, items => items) / told.length * parts), from: 'size' }
  }
  const whole = seen.filter(({ isWhole }) => isWhole)
  if (whole.length === 0) return { sampled, total: undefined, from: undefined }
  return { sampled, total: Math.max(sampled, Math.round(sumOf(whole, ({ items }) => items) / whole.length * parts)), from: 'parts' }
}

function sumOf<T>(list: readonly T[], amount: (one: T) => number): number {
  return list.reduce((sum, one) => sum + amount(one), 0)
}

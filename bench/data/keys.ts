// Lines that are keys: every key once in the even lines, in an order without order, and as many again at random in the odd ones.
import { CountsDigest } from '../counts/digest.ts'
import type { CountedFile } from './counted-file.ts'
import { writeLines } from './line-file.ts'
import { seededBits } from './seeded.ts'

/** Has no divisor in common with the numbers of keys used here, so its multiples visit every key once. */
const stride = 7_368_787

export function makeKeys(file: string, distinct: number): CountedFile {
  const next = seededBits(10_000_019)
  const counts = new Uint16Array(distinct)
  const lines = distinct * 2
  const bytes = writeLines(file, lines, index => {
    const key = index % 2 === 0 ? ((index / 2) * stride) % distinct : next() % distinct
    counts[key]!++
    return keyOf(key)
  })
  const digest = new CountsDigest()
  counts.forEach((count, key) => digest.add(keyOf(key), count))
  return { file, bytes, lines, items: lines, distinct, digest }
}

/** Looks like an id: the multiplication by an odd number maps 32 bits onto 32 bits, so no two keys become one. */
function keyOf(key: number): string {
  return `user-${(Math.imul(key, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}`
}

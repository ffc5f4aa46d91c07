// Lines 'order;amount' for the chunk-oriented step, and what the step must make of them.
import { CountsDigest } from '../counts/digest.ts'
import { writeLines } from './line-file.ts'
import { seededBits } from './seeded.ts'

export interface Orders {
  readonly bytes: number
  /** Of the lines of the result, in any order. */
  readonly priced: CountsDigest
}

export function makeOrders(file: string, lines: number): Orders {
  const next = seededBits(5_000_011)
  const priced = new CountsDigest()
  const bytes = writeLines(file, lines, index => {
    const order = `order-${String(index).padStart(8, '0')}`
    const cents = next() % 100_000
    priced.add(`{"order":"${order}","cents":${Math.floor((cents * 119 + 50) / 100)}}`, 1)
    return `${order};${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
  })
  return { bytes, priced }
}

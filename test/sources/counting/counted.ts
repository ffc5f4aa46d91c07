// What the tests of the byte table need: all that it counts, taken out whenever it is full, as a list that can be compared.
import assert from 'node:assert/strict'
import { ByteTable } from '../../../src/sources/counting/byte-table.ts'

/** Key, how often, and the line where it was first. */
export type Counted = readonly [text: string, times: number, line: number]

export function drained(table: ByteTable): Counted[] {
  return [...table.drain()].flatMap(({ texts, times, lines }) => texts.map((text, index): Counted => [text, times[index]!, lines[index]!]))
}

/** More than any test fills it: a table that does not go on would be drained for ever. */
const fullMax = 100

export interface CountedPieces {
  /** One run after the other. */
  readonly counted: readonly Counted[]
  /** How often the table was full. */
  readonly full: number
}

export function countWordsOf(pieces: Iterable<Buffer>): CountedPieces {
  const table = ByteTable.take()
  const runs: Counted[][] = []
  for (const piece of pieces) {
    table.load(piece)
    for (let at = table.countWords(0); at < piece.length; at = table.countWords(at)) assert.ok(runs.push(drained(table)) < fullMax)
  }
  runs.push(drained(table))
  table.giveBack()
  return { counted: runs.flat(), full: runs.length - 1 }
}

export interface CountedLines extends CountedPieces {
  /** Numbers of the lines with too few fields. */
  readonly short: readonly number[]
}

export function countFieldsOf(pieces: Iterable<Buffer>, separator: string, indexes: readonly number[]): CountedLines {
  const table = ByteTable.take()
  table.wantFields(separator.charCodeAt(0), indexes)
  const runs: Counted[][] = []
  const short: number[] = []
  for (const piece of pieces) {
    table.load(piece)
    for (let at = 0; at < piece.length;) {
      const reached = table.countFields(at)
      if (reached < 0) {
        short.push(table.lineAt(~reached))
        const lineBreak = piece.indexOf('\n', ~reached)
        at = lineBreak < 0 ? piece.length : lineBreak + 1
      } else if (reached < piece.length) {
        assert.ok(runs.push(drained(table)) < fullMax)
        at = reached
      } else at = reached
    }
  }
  runs.push(drained(table))
  table.giveBack()
  return { counted: runs.flat(), short, full: runs.length - 1 }
}

/** Equal keys of several runs, or keys whose bytes are no UTF-8 and become the same text, as one: by the line of the first. */
export function together(counted: Iterable<Counted>): readonly Counted[] {
  const sums = new Map<string, { times: number; line: number }>()
  for (const [text, times, line] of counted) {
    const sum = sums.get(text)
    if (sum) sum.times += times
    else sums.set(text, { times, line })
  }
  return Array.from(sums, ([text, { times, line }]): Counted => [text, times, line])
}

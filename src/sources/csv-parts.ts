// Parts of a CSV file that begin and end where rows do. A line break in quotes is not the end of a row, and whether one is in quotes only
// shows when all quotes before it are counted: large files are read once for it when they are listed. The numbers of lines come with that.
import { setImmediate } from 'node:timers/promises'
import type { SourceContext, Split } from '../source.ts'
import { readBytes } from './file-bytes.ts'
import { isCompressed, partBytes, splitsOf, type FilePart } from './file-part.ts'
import { listFiles, type ListedFile } from './listing.ts'
import { lineFeed, rowRecords } from './records.ts'

const quote = 34

export async function* listRowParts(pattern: string, context: SourceContext): AsyncGenerator<Split> {
  for (const listed of await listFiles(pattern, context.signal)) yield* splitsOf(await rowParts(listed, partBytes, context))
}

/** A part ends with the first row that ends at or after `bytesMax`. */
export async function rowParts({ path: file, bytes }: Pick<ListedFile, 'path' | 'bytes'>, bytesMax: number, { signal }: Pick<SourceContext, 'signal'>): Promise<readonly FilePart[]> {
  const whole: FilePart = { file, from: 0, to: bytes, bytes, linesBefore: 0 }
  if (bytes <= bytesMax || isCompressed(file)) return [whole]
  const ends = new RowEnds(bytesMax)
  for await (const block of readBytes(whole, 0, rowRecords, signal)) {
    ends.count(block.bytes, block.at)
    await setImmediate() // Gigabytes from memory would let nothing else happen.
  }
  const borders = [{ byte: 0, line: 0 }, ...ends.found.filter(({ byte }) => byte < bytes)]
  return borders.map(({ byte, line }, index) => ({ file, from: byte, to: borders[index + 1]?.byte ?? bytes, bytes, linesBefore: line }))
}

class RowEnds {
  readonly found: { readonly byte: number; readonly line: number }[] = []
  readonly #bytesMax: number
  #isQuoted = 0
  #line = 0
  #next: number

  constructor(bytesMax: number) {
    this.#bytesMax = this.#next = bytesMax
  }

  count(bytes: Buffer, at: number): void {
    let isQuoted = this.#isQuoted
    let line = this.#line
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index]
      if (byte === quote) isQuoted ^= 1
      if (byte !== lineFeed) continue
      line++
      if (isQuoted || at + index + 1 < this.#next) continue
      this.found.push({ byte: at + index + 1, line })
      this.#next = at + index + 1 + this.#bytesMax
    }
    this.#isQuoted = isQuoted
    this.#line = line
  }
}

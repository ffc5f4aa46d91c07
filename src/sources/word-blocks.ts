// Words of a part of a file, equal ones counted in bytes: most words come often, and each is decoded once for many times.
import type { SourceContext } from '../source.ts'
import { ByteTable, shortKeyBytes, type CountedTexts } from './byte-table.ts'
import type { FilePart } from './file-part.ts'
import { lineFeed, wordRecords } from './records.ts'
import { byteOrderMarkBytes, readWholeRecords } from './whole-records.ts'

/** `begun` is told where the part's first word can begin. */
export async function* countWords(part: FilePart, context: SourceContext, begun: (byte: number) => void): AsyncGenerator<CountedTexts> {
  const counter = new WordCounter()
  let isBegun = false
  for await (const block of readWholeRecords(part, undefined, wordRecords, context)) {
    if (!isBegun) begun(block.at)
    isBegun = true
    for (let at = counter.count(block.bytes, byteOrderMarkBytes(block)); at < block.bytes.length; at = counter.count(block.bytes, at)) yield* counter.table.drain()
  }
  yield* counter.table.drain()
}

class WordCounter {
  readonly table = new ByteTable()
  #line = 1

  /** Counts whole words from `start` on, and says how far it came before the table was full. */
  count(bytes: Buffer, start: number): number {
    const { length } = bytes
    let line = this.#line
    let [low, high] = [1, 0]
    let word = start
    let index = start
    for (; index < length; index++) {
      const byte = bytes[index]!
      if (byte > 32 || (byte !== 32 && (byte > 13 || byte < 9))) {
        high = (high << 8) | (low >>> 24)
        low = (low << 8) | byte
        continue
      }
      if (index > word) {
        if (!this.#add(bytes, word, index, low, high, line)) break
        low = 1
        high = 0
      }
      word = index + 1
      if (byte === lineFeed) line++
    }
    this.#line = line
    if (index < length) return word
    // The last word of a file may have nothing after it.
    return length > word && !this.#add(bytes, word, length, low, high, line) ? word : length
  }

  #add(bytes: Buffer, start: number, end: number, low: number, high: number, line: number): boolean {
    return end - start > shortKeyBytes ? this.table.addLong(bytes, start, end, line) : this.table.addShort(bytes, start, end, low, high, line)
  }
}

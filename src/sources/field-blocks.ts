// The asked-for fields of delimited lines, looked for in bytes: nothing else is decoded. Lines equal in all of these fields are counted together.
import type { SourceContext } from '../source.ts'
import { ByteTable, type CountedTexts } from './byte-table.ts'
import { itemsAtOnceMax } from './chunked-source.ts'
import type { FilePart } from './file-part.ts'
import { carriageReturn, lineFeed, lineRecords } from './records.ts'
import { byteOrderMarkBytes, readWholeRecords } from './whole-records.ts'

/** A line with too few fields. */
export interface ShortLine {
  readonly text: string
  readonly line: number
}

/** `indexes`: ascending. The texts are the fields of a line between separators. */
export async function* countFields(part: FilePart, separator: number, indexes: readonly number[], context: SourceContext): AsyncGenerator<CountedTexts | readonly ShortLine[]> {
  const counter = new FieldCounter(separator, indexes)
  for await (const block of readWholeRecords(part, undefined, lineRecords, context)) {
    for (let at = counter.count(block.bytes, byteOrderMarkBytes(block)); at < block.bytes.length; at = counter.count(block.bytes, at)) {
      yield* counter.table.drain()
      yield counter.takeShort()
    }
  }
  yield* counter.table.drain()
  yield counter.takeShort()
}

class FieldCounter {
  readonly table = new ByteTable()
  readonly #separator: number
  readonly #indexes: Int32Array
  /** Where the asked-for fields of a line begin and end. */
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  /** Several fields, brought together. */
  #joined = Buffer.allocUnsafe(1024)
  #short: ShortLine[] = []
  #line = 0

  constructor(separator: number, indexes: readonly number[]) {
    this.#separator = separator
    this.#indexes = Int32Array.from(indexes)
    this.#starts = new Int32Array(indexes.length)
    this.#ends = new Int32Array(indexes.length)
  }

  takeShort(): readonly ShortLine[] {
    const short = this.#short
    this.#short = []
    return short
  }

  /** Counts whole lines from `start` on, and says how far it came before table or list was full. */
  count(bytes: Buffer, start: number): number {
    let line = start
    while (line < bytes.length && this.#short.length < itemsAtOnceMax) {
      const at = this.#find(bytes, line)
      const found = at >= 0
      const lineBreak = bytes.indexOf(lineFeed, found ? at : line)
      const end = lineBreak < 0 ? bytes.length : lineBreak
      if (found) {
        if (!this.#add(bytes)) return line
      } else this.#addShort(bytes, line, end)
      this.#line++
      line = end + 1
    }
    return Math.min(line, bytes.length)
  }

  /** Up to the end of the last asked-for field, which it gives; -1 where the line has none. */
  #find(bytes: Buffer, line: number): number {
    const separator = this.#separator
    const last = this.#indexes.length - 1
    const { length } = bytes
    let found = 0
    let wanted = this.#indexes[0]!
    let field = 0
    let start = line
    for (let index = line; index <= length; index++) {
      const byte = index < length ? bytes[index]! : lineFeed
      if (byte !== separator && byte !== lineFeed) continue
      if (field === wanted) {
        this.#starts[found] = start
        this.#ends[found] = byte === lineFeed && index > start && bytes[index - 1] === carriageReturn ? index - 1 : index
        if (found === last) return isEmptyLine(this.#ends[0]!, line, field, byte) ? -1 : index
        wanted = this.#indexes[++found]!
      }
      if (byte === lineFeed) return -1
      field++
      start = index + 1
    }
    return -1
  }

  #add(bytes: Buffer): boolean {
    const fields = this.#starts.length
    if (fields === 1) return this.table.add(bytes, this.#starts[0]!, this.#ends[0]!, this.#line + 1)
    const length = this.#ends[fields - 1]! - this.#starts[0]!
    if (length > this.#joined.length) this.#joined = Buffer.allocUnsafe(2 * length)
    const joined = this.#joined
    let at = 0
    for (let field = 0; field < fields; field++) {
      if (field > 0) joined[at++] = this.#separator
      const end = this.#ends[field]!
      for (let index = this.#starts[field]!; index < end; index++) joined[at++] = bytes[index]!
    }
    return this.table.add(joined, 0, at, this.#line + 1)
  }

  /** Empty lines are passed over. */
  #addShort(bytes: Buffer, start: number, lineEnd: number): void {
    const end = lineEnd > start && bytes[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd
    if (end > start) this.#short.push({ text: bytes.toString('utf8', start, end), line: this.#line + 1 })
  }
}

function isEmptyLine(firstEnd: number, line: number, field: number, byte: number): boolean {
  return field === 0 && byte === lineFeed && firstEnd === line
}

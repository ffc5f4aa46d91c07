// The lines of a part of a file in columns: of a line there is its item, and one number more.
import type { PlacedItems, SourceContext } from '../source.ts'
import { itemsAtOnceMax } from './chunked-source.ts'
import { readBytes } from './file-bytes.ts'
import type { FilePart } from './file-part.ts'
import { LineCutter } from './line-cutter.ts'
import type { PartLines } from './line-numbers.ts'
import { lineRecords } from './records.ts'
import { cutBytes, type LinePosition } from './text-lines.ts'

/** `read` makes the item of a line. A position is as in text-lines.ts. */
export async function* readPlacedLines<T>(
  part: FilePart, from: unknown, context: SourceContext, lines: PartLines, read: (text: string, line: number) => T,
): AsyncGenerator<PlacedItems<T>> {
  const [byte, line] = (from ?? [undefined, 0]) as LinePosition | [undefined, 0]
  const gathering = new Gathering<T>(line, lines)
  let cutter: LineCutter | undefined
  for await (const block of readBytes(part, byte, lineRecords, context.signal)) {
    cutter ??= new LineCutter(part.file, block.at, line, (text, number, end) => gathering.add(read(text, number), end))
    for (let at = 0; at < block.bytes.length; at += cutBytes) {
      cutter.cut(block.bytes.subarray(at, at + cutBytes))
      yield* gathering.takeFull()
    }
  }
  cutter?.end()
  yield* gathering.takeAll()
}

/** Lines that were cut and not handed over. */
class Gathering<T> {
  readonly #lines: PartLines
  #full: PlacedItems<T>[] = []
  #items: T[] = []
  /** Of each item, the byte after its line. */
  #ends: number[] = []
  /** Lines before the first of them. */
  #line: number

  constructor(line: number, lines: PartLines) {
    this.#line = line
    this.#lines = lines
  }

  add(item: T, end: number): void {
    this.#ends.push(end)
    if (this.#items.push(item) === itemsAtOnceMax) this.#close()
  }

  takeFull(): readonly PlacedItems<T>[] {
    const full = this.#full
    this.#full = []
    return full
  }

  takeAll(): readonly PlacedItems<T>[] {
    if (this.#items.length > 0) this.#close()
    return this.takeFull()
  }

  #close(): void {
    const [line, ends] = [this.#line, this.#ends]
    const positionOf = (index: number): LinePosition => [ends[index]!, line + index + 1]
    this.#full.push({ items: this.#items, positionOf, firstOrigin: [this.#lines.prefix, this.#lines.numberOf(line + 1)] })
    this.#line += this.#items.length
    this.#items = []
    this.#ends = []
  }
}

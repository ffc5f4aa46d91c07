// The lines of a part of a file: as source items, or many at once. A position is the byte after the line, and its number within the part, which a
// restart could not know without reading what is before it.
import type { SourceContext, SourceItem } from '../source.ts'
import { itemsAtOnceMax } from './chunked-source.ts'
import { readBytes, type ByteBlock } from './file-bytes.ts'
import type { FilePart } from './file-part.ts'
import { LineCutter } from './line-cutter.ts'
import type { PartLines } from './line-numbers.ts'
import { carriageReturn, lineRecords } from './records.ts'
import { readWholeRecords } from './whole-records.ts'

/** Cut at once: the lines of a whole block would outlive several collections of young garbage before they are taken. */
export const cutBytes = 64 * 1024

export type LinePosition = readonly [byte: number, line: number]

/** Few items are ever asked for their position and origin, so those are made when asked for. */
export class TextItem<T> implements SourceItem<T> {
  readonly item: T
  readonly error: Error | undefined
  readonly #lines: PartLines
  readonly #line: number
  readonly #end: number

  constructor(item: T, lines: PartLines, line: number, end: number, error?: Error) {
    this.item = item
    this.error = error
    this.#lines = lines
    this.#line = line
    this.#end = end
  }

  get position(): LinePosition {
    return [this.#end, this.#line]
  }

  get origin(): string {
    return this.#lines.originOf(this.#line)
  }

  get originParts(): readonly [text: string, number: number] {
    return [this.#lines.prefix, this.#lines.numberOf(this.#line)]
  }
}

/** `read` makes the item of a line; undefined passes over it. */
export async function* readTextLines<T>(
  part: FilePart, from: unknown, context: SourceContext, read: (text: string, line: number, end: number) => TextItem<T> | undefined,
): AsyncGenerator<readonly SourceItem<T>[]> {
  const [byte, line] = (from ?? [undefined, 0]) as LinePosition | [undefined, 0]
  let items: TextItem<T>[] = []
  let cutter: LineCutter | undefined
  for await (const block of readBytes(part, byte, lineRecords, context.signal)) {
    cutter ??= new LineCutter(part.file, block.at, line, (text, number, end) => {
      const item = read(text, number, end)
      if (item) items.push(item)
    })
    for (let at = 0; at < block.bytes.length; at += cutBytes) {
      cutter.cut(block.bytes.subarray(at, at + cutBytes))
      const whole = items.length - (items.length % itemsAtOnceMax)
      for (let from = 0; from < whole; from += itemsAtOnceMax) yield items.slice(from, from + itemsAtOnceMax)
      if (whole > 0) items = items.slice(whole)
    }
  }
  cutter?.end()
  if (items.length > 0) yield items
}

export interface TextBlock {
  readonly texts: readonly string[]
  /** Lines of the part before the block. */
  readonly line: number
}

/** The same lines, a block at a time. They are slices of their block: who keeps one keeps all of it. */
export async function* readTextBlocks(part: FilePart, context: SourceContext): AsyncGenerator<TextBlock> {
  let line = 0
  for await (const block of readWholeRecords(part, undefined, lineRecords, context)) {
    const texts = textsOf(block)
    yield { texts, line }
    line += texts.length
  }
}

function textsOf({ bytes, at }: ByteBlock): string[] {
  // One call decodes all, in one byte a character where all are ASCII.
  const text = bytes.toString('utf8')
  const texts = bytes.includes(carriageReturn) ? cutLines(text, withoutReturn) : cutLines(text)
  if (at === 0 && text.charCodeAt(0) === 0xfeff) texts[0] = texts[0]!.slice(1)
  return texts
}

function cutLines(text: string, trimmed?: (line: string) => string): string[] {
  const texts: string[] = []
  let start = 0
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
    const line = text.slice(start, end)
    texts.push(trimmed ? trimmed(line) : line)
    start = end + 1
  }
  if (start < text.length) texts.push(trimmed ? trimmed(text.slice(start)) : text.slice(start))
  return texts
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

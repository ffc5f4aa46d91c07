// The lines of a part of a file as source items. A position is the byte after the line, and the line's number, which a restart could not
// know without reading what is before it.
import type { SourceItem } from '../source.ts'
import { itemsAtOnceMax } from './chunked-source.ts'
import { readBytes, type FilePart } from './file-part.ts'
import { LineCutter } from './line-cutter.ts'

type LinePosition = readonly [byte: number, line: number]

/** Few items are ever asked for their position and origin, so those are made when asked for. */
export class TextItem<T> implements SourceItem<T> {
  readonly item: T
  readonly error: Error | undefined
  readonly #file: string
  readonly #line: number
  readonly #end: number

  constructor(item: T, file: string, line: number, end: number, error?: Error) {
    this.item = item
    this.error = error
    this.#file = file
    this.#line = line
    this.#end = end
  }

  get position(): LinePosition {
    return [this.#end, this.#line]
  }

  get origin(): string {
    return `${this.#file}:${this.#line}`
  }
}

/** `read` makes the item of a line; undefined passes over it. */
export async function* readTextLines<T>(
  part: FilePart, from: unknown, signal: AbortSignal, read: (text: string, line: number, end: number) => TextItem<T> | undefined,
): AsyncGenerator<readonly SourceItem<T>[]> {
  const [byte, line] = (from ?? [0, 0]) as LinePosition
  let items: TextItem<T>[] = []
  const cutter = new LineCutter(part.file, byte, line, (text, line, end) => {
    const item = read(text, line, end)
    if (item) items.push(item)
  })
  for await (const block of readBytes(part, byte, signal)) {
    cutter.cut(block)
    for (let at = 0; at < items.length; at += itemsAtOnceMax) yield items.slice(at, at + itemsAtOnceMax)
    items = []
  }
  cutter.end()
  if (items.length > 0) yield items
}

// Text files with one JSON value a line. A line that is not JSON is one failed item, not the end of the run.
import type { Block, Source, SourceContext, SourceItem, Split } from '../source.ts'
import type { FilePart } from './file-part.ts'
import { parseJson } from './json-text.ts'
import { checkText } from './options.ts'
import { messageOf, UnreadableItemError } from './source-error.ts'
import { TextFileSource } from './text-file-source.ts'
import { readTextBlocks, readTextLines, TextItem } from './text-lines.ts'

/**
 * The values of every JSON Lines file that matches a glob pattern; `.gz` and `.zst` are decompressed. Empty lines are passed over. A line that
 * is not JSON, has a key '__proto__' or is nested deeper than 200 levels becomes a dead letter that holds the line's text. Values are not
 * checked against T: give the source a `schema` for that. Throws what `lines` throws.
 *
 *     flow.source('orders', jsonLines<Order>('orders/*.jsonl'))
 */
export function jsonLines<T = unknown>(pattern: string): Source<T> {
  return new JsonLinesSource<T>(checkText('jsonLines: the pattern', pattern, "a glob pattern such as 'orders/*.jsonl'"))
}

class JsonLinesSource<T> extends TextFileSource<T> {
  readChunks(split: Split, from: unknown, context: SourceContext): AsyncGenerator<readonly SourceItem<T>[]> {
    const part = split.data as FilePart
    const lines = this.numbers.in(part)
    return readTextLines<T>(part, from, context, (text, line, end) => {
      const { isThere, value, error } = readValue(text, () => lines.originOf(line))
      return isThere ? new TextItem(value as T, lines, line, end, error) : undefined
    })
  }

  async *readBlocks(split: Split, context: SourceContext): AsyncGenerator<Block<T>> {
    const part = split.data as FilePart
    const lines = this.numbers.in(part)
    for await (const { texts, line } of readTextBlocks(part, context)) yield blockOf<T>(texts, index => lines.originOf(line + index + 1))
  }
}

function blockOf<T>(texts: readonly string[], originOf: (index: number) => string): Block<T> {
  const items: T[] = []
  const errors = new Map<number, Error>()
  /** Of each item, its index in `texts`: empty lines are passed over. */
  const indexes: number[] = []
  for (let index = 0; index < texts.length; index++) {
    const { isThere, value, error } = readValue(texts[index]!, () => originOf(index))
    if (!isThere) continue
    if (error) errors.set(items.length, error)
    items.push(value as T)
    indexes.push(index)
  }
  return { items, errors, originOf: index => originOf(indexes[index]!) }
}

interface ReadValue {
  readonly isThere: boolean
  /** The line's text where it is not JSON. */
  readonly value?: unknown
  readonly error?: Error
}

function readValue(text: string, origin: () => string): ReadValue {
  try {
    return { isThere: true, value: parseJson(text) }
  } catch (error) {
    if (text.trim() === '') return { isThere: false }
    return { isThere: true, value: text, error: new UnreadableItemError(`${origin()} cannot be read as JSON: ${messageOf(error)}`, { cause: error }) }
  }
}

// Text files with one JSON value a line. A line that is not JSON is one failed item, not the end of the run.
import type { Source, SourceContext, SourceItem, Split } from '../source.ts'
import { ChunkedSource } from './chunked-source.ts'
import { listParts, type FilePart } from './file-part.ts'
import { parseJson } from './json-text.ts'
import { checkText } from './options.ts'
import { messageOf, UnreadableItemError } from './source-error.ts'
import { readTextLines, TextItem } from './text-lines.ts'

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

class JsonLinesSource<T> extends ChunkedSource<T> {
  readonly #pattern: string

  constructor(pattern: string) {
    super()
    this.#pattern = pattern
  }

  splits(context: SourceContext): AsyncIterable<Split> {
    return listParts(this.#pattern, context)
  }

  readChunks(split: Split, from: unknown, context: SourceContext): AsyncGenerator<readonly SourceItem<T>[]> {
    const part = split.data as FilePart
    return readTextLines<T>(part, from, context.signal, (text, line, end) => itemOf<T>(text, part.file, line, end))
  }
}

function itemOf<T>(text: string, file: string, line: number, end: number): TextItem<T> | undefined {
  try {
    return new TextItem(parseJson(text) as T, file, line, end)
  } catch (error) {
    if (text.trim() === '') return undefined
    const unreadable = new UnreadableItemError(`${file}:${line} cannot be read as JSON: ${messageOf(error)}`, { cause: error })
    return new TextItem(text as T, file, line, end, unreadable)
  }
}

// A source that reads the text files of a glob pattern, large ones in parts.
import type { SourceContext, Split } from '../source.ts'
import { ChunkedSource } from './chunked-source.ts'
import { bytesIn, listParts, type FilePart } from './file-part.ts'
import { LineNumbers } from './line-numbers.ts'

export abstract class TextFileSource<T> extends ChunkedSource<T> {
  protected readonly numbers = new LineNumbers()
  readonly #pattern: string

  constructor(pattern: string) {
    super()
    this.#pattern = pattern
  }

  splits(context: SourceContext): AsyncIterable<Split> {
    return listParts(this.#pattern, context)
  }

  sizeOf(split: Split, position?: unknown): number | undefined {
    return bytesIn(split.data as FilePart, position)
  }
}

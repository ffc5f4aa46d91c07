// Text files by the line, compressed or not.
import type { Block, PlacedItems, Source, SourceContext, SourceItem, Split } from '../source.ts'
import type { FilePart } from './file-part.ts'
import { checkText } from './options.ts'
import { TextFileSource } from './text-file-source.ts'
import { readPlacedLines } from './placed-lines.ts'
import { readTextBlocks } from './text-lines.ts'

export interface LineItem {
  /** Without its line break. */
  readonly text: string
  readonly file: string
  /** From 1. */
  readonly line: number
}

/**
 * The lines of every file that matches a glob pattern; `.gz` and `.zst` are decompressed. UTF-8 (what is not becomes U+FFFD), line breaks
 * LF or CRLF, a byte order mark is dropped. What is appended to a file after it was listed is not read. Throws OptionError for a wrong
 * pattern; reading throws SourceError when nothing matches, a file was changed, is damaged, or has a line over 16 MB.
 *
 *     flow.source('access log', lines('logs/*.log.gz'))
 */
export function lines(pattern: string): Source<LineItem> {
  return new LinesSource(checkText('lines: the pattern', pattern, "a glob pattern such as 'logs/*.log'"))
}

class LinesSource extends TextFileSource<LineItem> {
  async locate(split: Split): Promise<Split> {
    return { ...split, data: await this.numbers.locate(split.data as FilePart) }
  }

  async *readChunks(split: Split, from: unknown, context: SourceContext): AsyncGenerator<readonly SourceItem<LineItem>[]> {
    for await (const placed of this.readPlaced(split, from, context)) {
      const [prefix] = placed.firstOrigin
      yield placed.items.map((item, index) => ({ item, position: placed.positionOf(index), origin: `${prefix}${item.line}`, originParts: [prefix, item.line] }))
    }
  }

  readPlaced(split: Split, from: unknown, context: SourceContext): AsyncGenerator<PlacedItems<LineItem>> {
    const part = split.data as FilePart
    const { file } = part
    const lines = this.numbers.in(part)
    return readPlacedLines(part, from, context, lines, (text, line) => ({ text, file, line: lines.numberOf(line) }))
  }

  async *readBlocks(split: Split, context: SourceContext): AsyncGenerator<Block<LineItem>> {
    const part = split.data as FilePart
    const { file } = part
    const lines = this.numbers.in(part)
    for await (const { texts, line } of readTextBlocks(part, context)) {
      const first = lines.numberOf(line + 1)
      yield { items: texts.map((text, index) => ({ text, file, line: first + index })), originOf: index => lines.originOf(line + index + 1) }
    }
  }
}

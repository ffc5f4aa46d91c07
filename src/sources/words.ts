// Text files by the word. Where words are only counted, equal ones are handed over once, with their number.
import type { Block, Source, SourceContext, SourceItem, Split } from '../source.ts'
import { itemsAtOnceMax } from './chunked-source.ts'
import type { ByteBlock } from './file-bytes.ts'
import type { FilePart } from './file-part.ts'
import { PartLines } from './line-numbers.ts'
import { checkText } from './options.ts'
import { isWhiteSpace, lineFeed, wordRecords } from './records.ts'
import { TextFileSource } from './text-file-source.ts'
import { byteOrderMarkBytes, readWholeRecords } from './whole-records.ts'
import { countWords } from './word-blocks.ts'

/**
 * The words of every text file that matches a glob pattern; `.gz` and `.zst` are decompressed. A word is what stands between ASCII white space
 * (space, tab, line breaks, vertical tab, form feed), as `tr -s '[:space:]' '\n'` cuts it: case, punctuation and other spaces stay as they are.
 * UTF-8 (what is not becomes U+FFFD); a byte order mark is dropped. Throws what `lines` throws, and SourceError for a word over 1 MB.
 *
 *     flow.source('words', words('docs/*.md')).keyBy(word => word).reduce('how often', count())
 */
export function words(pattern: string): Source<string> {
  return new WordsSource(checkText('words: the pattern', pattern, "a glob pattern such as 'docs/*.md'"))
}

/** The byte after the word and what ends it, and the number of the line there within the part. */
type WordPosition = readonly [byte: number, line: number]

class WordsSource extends TextFileSource<string> {
  async *readChunks(split: Split, from: unknown, context: SourceContext): AsyncGenerator<readonly SourceItem<string>[]> {
    const part = split.data as FilePart
    let [byte, line] = (from ?? [undefined, 1]) as WordPosition | [undefined, 1]
    let lines: PartLines | undefined
    for await (const block of readWholeRecords(part, byte, wordRecords, context)) {
      lines ??= this.#linesFrom(part, block.at, line)
      const items = wordsOf(block, line, lines)
      for (let at = 0; at < items.length; at += itemsAtOnceMax) yield items.slice(at, at + itemsAtOnceMax)
      for (const each of block.bytes) if (each === lineFeed) line++
    }
  }

  async *readBlocks(split: Split, context: SourceContext): AsyncGenerator<Block<string>> {
    const part = split.data as FilePart
    let lines: PartLines
    const counted = countWords(part, context, byte => { lines = this.#linesFrom(part, byte, 1) })
    for await (const { texts, times, lines: first } of counted) yield { items: texts, times, originOf: index => lines.originOf(first[index]!) }
  }

  /** A part can begin within a line: which one that is depends on where its first word is. */
  #linesFrom(part: FilePart, byte: number, line: number): PartLines {
    return new PartLines(part.file, () => part.linesBefore ?? this.numbers.at(part.file, byte) - line)
  }
}

function wordsOf(block: ByteBlock, firstLine: number, lines: PartLines): readonly SourceItem<string>[] {
  const { bytes, at } = block
  const items: SourceItem<string>[] = []
  let line = firstLine
  let word = byteOrderMarkBytes(block)
  for (let index = word; index <= bytes.length; index++) {
    if (index < bytes.length && !isWhiteSpace(bytes[index]!)) continue
    const own = line
    if (bytes[index] === lineFeed) line++
    if (index > word) {
      const position: WordPosition = [at + Math.min(index + 1, bytes.length), line]
      items.push({ item: bytes.toString('utf8', word, index), position, get origin() { return lines.originOf(own) } })
    }
    word = index + 1
  }
  return items
}

// Some fields of delimited text lines, as records: what is not asked for is not decoded.
import { OptionError } from '../model/errors.ts'
import type { Block, Source, SourceContext, SourceItem, Split } from '../source.ts'
import { countFields } from './field-blocks.ts'
import type { FilePart } from './file-part.ts'
import { checkOptions, checkReadable, checkText } from './options.ts'
import { UnreadableItemError } from './source-error.ts'
import { TextFileSource } from './text-file-source.ts'
import { readTextLines, TextItem } from './text-lines.ts'

export interface FieldsOptions<F extends Readonly<Record<string, number>>> {
  /** What stands between two fields: one ASCII character, no line break. Two in a row have an empty field between them. */
  readonly separator: string
  /** Which fields, by the name they get, counted from 0: `{ page: 6 }`. */
  readonly fields: F
}

const fieldIndexMax = 9_999

/**
 * Some fields of the lines of every text file that matches a glob pattern, as records of strings; `.gz` and `.zst` are decompressed. Quotes are
 * not interpreted: for CSV with quotes there is `csv`. Empty lines are passed over; a line with too few fields becomes a dead letter that holds
 * the line's text. Much faster than splitting lines, above all where values repeat and are only counted. Throws OptionError for wrong options;
 * reading throws what `lines` throws.
 *
 *     flow.source('requests', fields('logs/*.log', { separator: ' ', fields: { page: 6, status: 8 } })).keyBy(({ page }) => page)
 */
export function fields<const F extends Readonly<Record<string, number>>>(pattern: string, options: FieldsOptions<F>): Source<{ readonly [K in keyof F]: string }> {
  checkText('fields: the pattern', pattern, "a glob pattern such as 'logs/*.log'")
  checkOptions('fields', options, ['separator', 'fields'])
  return new FieldsSource<F>(pattern, checkSeparator(options.separator), checkFields(options.fields))
}

function checkSeparator(separator: unknown): string {
  if (typeof separator === 'string' && /^[\0-\x7f]$/.test(separator) && separator !== '\n' && separator !== '\r') return separator
  throw new OptionError('fields: separator', separator, "one ASCII character that is no line break, such as ' ', ';' or '\\t'")
}

function checkFields(wanted: unknown): ReadonlyMap<string, number> {
  checkReadable('fields: fields', wanted)
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted) || Object.keys(wanted).length === 0) throw new OptionError('fields: fields', wanted, 'an object of at least one name and number, such as { page: 6 }')
  const indexes = new Map(Object.entries(wanted as Record<string, number>))
  for (const [name, index] of indexes) {
    if (name === '__proto__') throw new OptionError('fields: fields', name, "another name: '__proto__' is refused")
    if (!Number.isInteger(index) || index < 0 || index > fieldIndexMax) throw new OptionError(`fields: the field '${name}'`, index, `a whole number from 0 to ${fieldIndexMax}; the first field is 0`)
  }
  return indexes
}

class FieldsSource<F extends Readonly<Record<string, number>>> extends TextFileSource<{ readonly [K in keyof F]: string }> {
  readonly #separator: string
  readonly #names: readonly string[]
  /** Of each name, its field in the line, and among the fields that are read. */
  readonly #indexes: readonly number[]
  readonly #places: readonly number[]
  /** Ascending. */
  readonly #read: readonly number[]

  constructor(pattern: string, separator: string, wanted: ReadonlyMap<string, number>) {
    super(pattern)
    this.#separator = separator
    this.#names = [...wanted.keys()]
    this.#indexes = [...wanted.values()]
    this.#read = [...new Set(this.#indexes)].toSorted((a, b) => a - b)
    this.#places = this.#indexes.map(index => this.#read.indexOf(index))
  }

  readChunks(split: Split, from: unknown, context: SourceContext): AsyncGenerator<readonly SourceItem<{ readonly [K in keyof F]: string }>[]> {
    const part = split.data as FilePart
    const lines = this.numbers.in(part)
    return readTextLines(part, from, context, (text, line, end) => {
      if (text === '') return undefined
      const all = text.split(this.#separator)
      if (all.length > this.#read.at(-1)!) return new TextItem(this.#recordOf(all, this.#indexes), lines, line, end)
      return new TextItem(this.#unread(text), lines, line, end, this.#misfit(text, lines.originOf(line)))
    })
  }

  async *readBlocks(split: Split, context: SourceContext): AsyncGenerator<Block<{ readonly [K in keyof F]: string }>> {
    const part = split.data as FilePart
    const lines = this.numbers.in(part)
    for await (const found of countFields(part, this.#separator.charCodeAt(0), this.#read, context)) {
      if ('texts' in found) {
        const items = found.texts.map(text => this.#recordOf(this.#read.length === 1 ? [text] : text.split(this.#separator), this.#places))
        yield { items, times: found.times, originOf: index => lines.originOf(found.lines[index]!) }
      } else if (found.length > 0) {
        const errors = new Map(found.map(({ text, line }, index) => [index, this.#misfit(text, lines.originOf(line))]))
        yield { items: found.map(({ text }) => this.#unread(text)), errors, originOf: index => lines.originOf(found[index]!.line) }
      }
    }
  }

  #recordOf(texts: readonly string[], places: readonly number[]): { readonly [K in keyof F]: string } {
    const record: Record<string, string> = {}
    for (let index = 0; index < places.length; index++) record[this.#names[index]!] = texts[places[index]!]!
    return record as { readonly [K in keyof F]: string }
  }

  #unread(text: string): { readonly [K in keyof F]: string } {
    return text as unknown as { readonly [K in keyof F]: string }
  }

  #misfit(text: string, origin: string): Error {
    return new UnreadableItemError(`${origin} has ${text.split(this.#separator).length} fields, but field ${this.#read.at(-1)!} is asked for, where the first is 0; mend the line`)
  }
}

// CSV files by the row, as records named by the header row.
import type { Source, SourceContext, SourceItem, Split } from '../source.ts'
import { ChunkedSource, itemsAtOnceMax } from './chunked-source.ts'
import { readRows, type CsvRow } from './csv-rows.ts'
import { listParts, type FilePart } from './file-part.ts'
import { checkText } from './options.ts'
import { SourceError, UnreadableItemError } from './source-error.ts'

export type CsvRecord = Readonly<Record<string, string>>

/**
 * The rows of every CSV file that matches a glob pattern, as records of strings named by the file's first row; `.gz` and `.zst` are
 * decompressed. Fields with commas, quotes and line breaks stand in double quotes; empty lines are passed over. A row with another number of
 * fields than the header becomes a dead letter. Throws what `lines` throws, and SourceError for a header with an empty or repeated name, and
 * for quotes that do not match, with file and line.
 *
 *     flow.source('customers', csv('customers-*.csv'))
 */
export function csv(pattern: string): Source<CsvRecord> {
  return new CsvSource(checkText('csv: the pattern', pattern, "a glob pattern such as 'customers/*.csv'"))
}

/** Where a row ended. */
type RowPosition = readonly [byte: number, line: number]

class CsvSource extends ChunkedSource<CsvRecord> {
  readonly #pattern: string

  constructor(pattern: string) {
    super()
    this.#pattern = pattern
  }

  splits(context: SourceContext): AsyncIterable<Split> {
    return listParts(this.#pattern, context)
  }

  async *readChunks(split: Split, from: unknown, context: SourceContext): AsyncGenerator<readonly SourceItem<CsvRecord>[]> {
    const part = split.data as FilePart
    const header = await readHeader(part, context)
    if (!header) return
    const [byte, line] = (from ?? [header.end, header.lastLine]) as RowPosition
    for await (const rows of readRows(part, byte, line, context.signal)) {
      for (let at = 0; at < rows.length; at += itemsAtOnceMax) {
        yield rows.slice(at, at + itemsAtOnceMax).map(row => itemOf(row, header.fields, part.file))
      }
    }
  }
}

async function readHeader(part: FilePart, context: SourceContext): Promise<CsvRow | undefined> {
  for await (const rows of readRows(part, 0, 0, context.signal)) {
    if (rows.length > 0) return checkHeader(rows[0]!, part.file)
  }
  return undefined
}

function checkHeader(header: CsvRow, file: string): CsvRow {
  header.fields.forEach((name, index) => {
    const wrong = name === '' ? 'is empty' : name === '__proto__' ? "is '__proto__', which is refused" : header.fields.indexOf(name) < index ? `'${name}' is there twice` : ''
    if (wrong) throw new SourceError(`${file}:${header.line}: in the header row, the name of column ${index + 1} ${wrong}; give each column a name of its own`)
  })
  return header
}

function itemOf(row: CsvRow, columns: readonly string[], file: string): SourceItem<CsvRecord> {
  const { fields, line, lastLine, end } = row
  const position: RowPosition = [end, lastLine]
  const origin = `${file}:${line}`
  if (fields.length === columns.length) return { item: recordOf(columns, fields), position, origin }
  const error = new UnreadableItemError(`${origin} has ${fields.length} fields, but the header row has ${columns.length}; mend the row`)
  return { item: fields as unknown as CsvRecord, position, origin, error }
}

function recordOf(columns: readonly string[], fields: readonly string[]): CsvRecord {
  const record: Record<string, string> = {}
  for (let index = 0; index < columns.length; index++) record[columns[index]!] = fields[index]!
  return record
}

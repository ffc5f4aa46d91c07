// CSV files by the row, as records named by the header row.
import type { Block, Source, SourceContext, SourceItem, Split } from '../source.ts'
import { ChunkedSource, itemsAtOnceMax } from './chunked-source.ts'
import { readRowBlocks, type BlockRow } from './csv-blocks.ts'
import { listRowParts } from './csv-parts.ts'
import { readRows, type CsvRow } from './csv-rows.ts'
import { bytesIn, type FilePart } from './file-part.ts'
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
    return listRowParts(this.#pattern, context)
  }

  sizeOf(split: Split, position?: unknown): number | undefined {
    return bytesIn(split.data as FilePart, position)
  }

  async *readChunks(split: Split, from: unknown, context: SourceContext): AsyncGenerator<readonly SourceItem<CsvRecord>[]> {
    const part = split.data as FilePart
    const header = await readHeader(part, context)
    if (!header) return
    const [byte, line] = (from ?? firstRow(part, header)) as RowPosition
    for await (const rows of readRows(part, byte, line, context.signal)) {
      for (let at = 0; at < rows.length; at += itemsAtOnceMax) {
        yield rows.slice(at, at + itemsAtOnceMax).map(row => itemOf(row, header.fields, part.file))
      }
    }
  }

  async *readBlocks(split: Split, context: SourceContext): AsyncGenerator<Block<CsvRecord>> {
    const part = split.data as FilePart
    const header = await readHeader(part, context)
    if (!header) return
    const [byte, line] = firstRow(part, header)
    for await (const rows of readRowBlocks(part, byte, line, context)) yield blockOf(rows, header.fields, part.file)
  }
}

/** The header is no row of any part; empty lines in front of it can be a part. */
function firstRow({ from, linesBefore = 0 }: FilePart, header: CsvRow): RowPosition {
  return from < header.end ? [header.end, header.lastLine] : [from, linesBefore]
}

async function readHeader({ file, bytes }: FilePart, context: SourceContext): Promise<CsvRow | undefined> {
  for await (const rows of readRows({ file, from: 0, to: bytes, bytes }, 0, 0, context.signal)) {
    if (rows.length > 0) return checkHeader(rows[0]!, file)
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
  const error = misfit(row, columns, file)
  return { item: error ? (fields as unknown as CsvRecord) : recordOf(columns, fields), position, origin, ...(error && { error }) }
}

function blockOf(rows: readonly BlockRow[], columns: readonly string[], file: string): Block<CsvRecord> {
  const errors = new Map<number, Error>()
  const items = rows.map((row, index) => {
    const error = misfit(row, columns, file)
    if (!error) return recordOf(columns, row.fields)
    errors.set(index, error)
    return row.fields as unknown as CsvRecord
  })
  return { items, errors, originOf: index => `${file}:${rows[index]!.line}` }
}

function misfit({ fields, line }: BlockRow, columns: readonly string[], file: string): Error | undefined {
  if (fields.length === columns.length) return undefined
  return new UnreadableItemError(`${file}:${line} has ${fields.length} fields, but the header row has ${columns.length}; mend the row`)
}

function recordOf(columns: readonly string[], fields: readonly string[]): CsvRecord {
  const record: Record<string, string> = {}
  for (let index = 0; index < columns.length; index++) record[columns[index]!] = fields[index]!
  return record
}

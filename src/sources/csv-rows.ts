// The rows of a CSV file, as arrays, with where each begins and ends. csv-parse does the parsing.
import { Parser, type Info } from 'csv-parse'
import { readBytes } from './file-bytes.ts'
import type { FilePart } from './file-part.ts'
import { lineBytesMax, rowRecords } from './records.ts'
import { SourceError } from './source-error.ts'

export interface CsvRow {
  readonly fields: readonly string[]
  /** Where the row begins, from 1. */
  readonly line: number
  /** The last line of the row, and the byte after it: where reading can go on. */
  readonly lastLine: number
  readonly end: number
}

/** Rows from a byte where one begins; `line` is the number of the line before it. */
export async function* readRows(part: FilePart, byte: number, line: number, signal: AbortSignal): AsyncGenerator<readonly CsvRow[]> {
  const rows = new RowParser(part.file, byte, line)
  for await (const block of readBytes(part, byte, rowRecords, signal)) {
    // csv-parse keeps what it is given, and a block's memory is used again.
    await rows.write(Buffer.from(block.bytes))
    yield rows.take()
  }
  await rows.end()
  yield rows.take()
}

export class RowParser {
  readonly #file: string
  readonly #byte: number
  readonly #failed: Promise<never>
  readonly #parser: Parser
  #rows: CsvRow[] = []
  #lastLine: number
  #emptyLines = 0

  constructor(file: string, byte: number, line: number) {
    this.#file = file
    this.#byte = byte
    this.#lastLine = line
    // Both line breaks named: what csv-parse finds out by itself would depend on where reading begins.
    this.#parser = new Parser({
      bom: byte === 0, info: true, relax_column_count: true, skip_empty_lines: true, record_delimiter: ['\r\n', '\n'], max_record_size: lineBytesMax,
    })
    this.#failed = new Promise((_, reject) => this.#parser.on('error', error => reject(this.#describe(error))))
    this.#failed.catch(() => {})
    this.#parser.on('data', ({ record, info }: { record: string[]; info: Info }) => this.#add(record, info))
  }

  write(block: Buffer): Promise<void> {
    return Promise.race([this.#failed, new Promise<void>(resolve => this.#parser.write(block, () => resolve()))])
  }

  end(): Promise<void> {
    const ended = new Promise<void>(resolve => this.#parser.on('end', resolve))
    this.#parser.end()
    return Promise.race([this.#failed, ended])
  }

  take(): readonly CsvRow[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  /** csv-parse's own count of lines takes CRLF in quotes for two. */
  #add(fields: string[], info: Info): void {
    const line = this.#lastLine + 1 + info.empty_lines - this.#emptyLines
    this.#emptyLines = info.empty_lines
    this.#lastLine = line + lineBreaksIn(fields)
    this.#rows.push({ fields, line, lastLine: this.#lastLine, end: this.#byte + info.bytes })
  }

  #describe(error: Error): SourceError {
    const what = error.message.replace(/ (at|on) line \d+/, '')
    return new SourceError(`${this.#file}:${this.#lastLine + 1} is not CSV: ${what}; mend the quotes there`, { cause: error })
  }
}

function lineBreaksIn(fields: readonly string[]): number {
  let count = 0
  for (const field of fields) for (let at = field.indexOf('\n'); at !== -1; at = field.indexOf('\n', at + 1)) count++
  return count
}

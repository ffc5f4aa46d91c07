// Rows of a part of a CSV file, a block at a time. Most rows have no quotes, and those are cut by comma; for blocks with quotes csv-parse stands in.
import type { SourceContext } from '../source.ts'
import { lineBreaksIn } from './counting/line-breaks.ts'
import { RowParser, type CsvRow } from './csv-rows.ts'
import type { ByteBlock } from './file-bytes.ts'
import type { FilePart } from './file-part.ts'
import { rowRecords } from './records.ts'
import { readWholeRecords } from './whole-records.ts'

export type BlockRow = Pick<CsvRow, 'fields' | 'line'>

/** From `byte`, where a row begins; `line` is the number of the line before it. */
export async function* readRowBlocks(part: FilePart, byte: number, line: number, context: SourceContext): AsyncGenerator<readonly BlockRow[]> {
  let linesBefore = line
  for await (const block of readWholeRecords(part, byte, rowRecords, context)) {
    yield block.bytes.includes('"') ? await parsed(part.file, block, linesBefore) : cut(block.bytes.toString('utf8'), linesBefore)
    linesBefore += lineBreaksIn(block.bytes)
  }
}

async function parsed(file: string, { bytes, at }: ByteBlock, linesBefore: number): Promise<readonly BlockRow[]> {
  const rows = new RowParser(file, at, linesBefore)
  await rows.write(bytes)
  await rows.end()
  return rows.take()
}

/** As csv-parse does it: empty lines are passed over, and a carriage return belongs to the line break only where one follows. */
function cut(text: string, linesBefore: number): readonly BlockRow[] {
  const rows: BlockRow[] = []
  const lines = text.split('\n')
  const last = lines.length - 1
  for (let index = 0; index <= last; index++) {
    const whole = lines[index]!
    const row = index < last && whole.endsWith('\r') ? whole.slice(0, -1) : whole
    if (row !== '') rows.push({ fields: row.split(','), line: linesBefore + index + 1 })
  }
  return rows
}

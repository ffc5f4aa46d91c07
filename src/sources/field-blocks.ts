// The asked-for fields of delimited lines, looked for in bytes: nothing else is decoded. Lines equal in all of these fields are counted together.
import type { SourceContext } from '../source.ts'
import { itemsAtOnceMax } from './chunked-source.ts'
import { ByteTable, type CountedTexts } from './counting/byte-table.ts'
import type { FilePart } from './file-part.ts'
import { carriageReturn, lineFeed, lineRecords } from './records.ts'
import { byteOrderMarkBytes, readWholeRecords } from './whole-records.ts'

/** A line with too few fields. */
export interface ShortLine {
  readonly text: string
  readonly line: number
}

/** `indexes`: ascending. The texts are the fields of a line between separators. */
export async function* countFields(part: FilePart, separator: number, indexes: readonly number[], context: SourceContext): AsyncGenerator<CountedTexts | readonly ShortLine[]> {
  const table = ByteTable.take()
  table.wantFields(separator, indexes)
  let short: ShortLine[] = []
  try {
    for await (const block of readWholeRecords(part, undefined, lineRecords, context)) {
      const { bytes } = block
      table.load(bytes)
      for (let at = byteOrderMarkBytes(block); at < bytes.length;) {
        const reached = table.countFields(at)
        if (reached < 0) {
          const end = endOfLine(bytes, ~reached)
          short.push({ text: textOfLine(bytes, ~reached, end), line: table.lineAt(~reached) })
          at = end + 1
        } else {
          at = reached
          if (at < bytes.length) yield* table.drain()
        }
        if (short.length < itemsAtOnceMax) continue
        yield short
        short = []
      }
    }
    yield* table.drain()
    yield short
  } finally {
    table.giveBack()
  }
}

function endOfLine(bytes: Buffer, line: number): number {
  const lineBreak = bytes.indexOf(lineFeed, line)
  return lineBreak < 0 ? bytes.length : lineBreak
}

/** Without a carriage return at its end. */
function textOfLine(bytes: Buffer, line: number, end: number): string {
  return bytes.toString('utf8', line, end > line && bytes[end - 1] === carriageReturn ? end - 1 : end)
}

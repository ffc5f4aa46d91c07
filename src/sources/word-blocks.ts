// Words of a part of a file, equal ones counted in bytes: most words come often, and each is decoded once for many times.
import type { SourceContext } from '../source.ts'
import { ByteTable, type CountedTexts } from './counting/byte-table.ts'
import type { FilePart } from './file-part.ts'
import { wordRecords } from './records.ts'
import { byteOrderMarkBytes, readWholeRecords } from './whole-records.ts'

/** `begun` is told where the part's first word can begin. */
export async function* countWords(part: FilePart, context: SourceContext, begun: (byte: number) => void): AsyncGenerator<CountedTexts> {
  const table = ByteTable.take()
  try {
    let isBegun = false
    for await (const block of readWholeRecords(part, undefined, wordRecords, context)) {
      if (!isBegun) begun(block.at)
      isBegun = true
      table.load(block.bytes)
      const { length } = block.bytes
      for (let at = table.countWords(byteOrderMarkBytes(block)); at < length; at = table.countWords(at)) yield* table.drain()
    }
    yield* table.drain()
  } finally {
    table.giveBack()
  }
}

// The bytes of a part of a file in pieces of whole records, for those who decode or count many at once.
import type { SourceContext } from '../source.ts'
import { readBytes, type ByteBlock } from './file-bytes.ts'
import type { FilePart } from './file-part.ts'
import type { RecordKind } from './records.ts'
import { tooLong } from './source-error.ts'

/** A text of at most this size lives in V8's young generation; larger ones cost five times as much (128 KB: measured). */
const pieceBytes = 64 * 1024

const nothing = Buffer.alloc(0)

/** Only the last piece of a file may lack the end of its last record. A piece's memory is used again for the next. */
export async function* readWholeRecords(part: FilePart, byte: number | undefined, kind: RecordKind, { signal }: Pick<SourceContext, 'signal'>): AsyncGenerator<ByteBlock> {
  let carried: Buffer = nothing
  let end = 0
  for await (const { bytes, at } of readBytes(part, byte, kind, signal)) {
    end = at + bytes.length
    for (let start = 0; start < bytes.length;) {
      const begin = at + start - carried.length
      const to = Math.min(start + Math.max(pieceBytes, carried.length), bytes.length)
      const fresh = bytes.subarray(start, to)
      const piece = carried.length === 0 ? fresh : Buffer.concat([carried, fresh])
      const whole = kind.lastEnd(piece)
      if (piece.length > kind.bytesMax && (whole === 0 || kind.firstEnd(piece) > kind.bytesMax)) throw tooLong(part.file, kind, begin)
      if (whole > 0) {
        yield { bytes: piece.subarray(0, whole), at: begin }
        start += whole - carried.length
        carried = nothing
      }
      if (whole > 0 && to < bytes.length) continue
      carried = whole === 0 && piece !== fresh ? piece : Buffer.from(piece.subarray(whole))
      start = to
    }
  }
  if (carried.length > 0) yield { bytes: carried, at: end - carried.length }
}

/** Bytes to pass over at the beginning of a file. */
export function byteOrderMarkBytes({ bytes, at }: ByteBlock): number {
  return at === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}

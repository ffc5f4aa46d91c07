// What is appended is given away: the caller's buffers are detached, so that a caller that touches them afterwards is found here and not
// first in an engine that moves them to another thread.
import type { Append } from '../../log.ts'

export function takeBuffers(appends: readonly Append[]): readonly Append[] {
  const taken = new Map<Uint8Array['buffer'], Uint8Array>()
  return appends.map(append => ({ ...append, chunk: { ...append.chunk, values: take(append.chunk.values, taken) } }))
}

/** A view of a part of a larger buffer, such as Node's pool, is copied: the rest belongs to others. */
function take(values: Uint8Array, taken: Map<Uint8Array['buffer'], Uint8Array>): Uint8Array {
  const { buffer, byteLength } = values
  const known = taken.get(buffer)
  if (known) return known
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength) return values.slice()
  const own = new Uint8Array(buffer.transfer())
  taken.set(buffer, own)
  return own
}

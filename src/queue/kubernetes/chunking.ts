// Items into chunks that fit the API's limits: 1 MiB for a ConfigMap, 256 KiB for an object's annotations.
import { PermanentError } from '../../model/errors.ts'
import type { ChunkItem } from './chunk-objects.ts'
import { packNames } from './packing.ts'

/** Below 1 MiB by what keys and metadata take. */
const documentBytesMax = 900_000
const namesBytesMax = 200_000
/** Above some 6,000 pods of one Job a node's kubelet chokes; and a chunk is what memory holds. */
export const itemsPerJobMax = 5_000

/** Throws PermanentError for an item that no chunk could hold. */
export function checkItem({ name, document }: ChunkItem): void {
  const bytes = Buffer.byteLength(document)
  if (bytes <= documentBytesMax) return
  throw new PermanentError(`the item '${name}' has ${bytes} bytes, but a ConfigMap can hold items of at most ${documentBytesMax}; let the item say where the data is, and the worker fetch it`)
}

export function* chunksOf(items: readonly ChunkItem[], itemsPerJob: number): Generator<readonly ChunkItem[]> {
  let chunk: ChunkItem[] = []
  let bytes = 0
  for (const item of items) {
    const size = Buffer.byteLength(item.document) + 1
    if (chunk.length === itemsPerJob || bytes + size > documentBytesMax) {
      yield* byNames(chunk)
      chunk = []
      bytes = 0
    }
    chunk.push(item)
    bytes += size
  }
  if (chunk.length > 0) yield* byNames(chunk)
}

/** Halved until the packed names fit; a name has at most 253 characters, so one always does. */
function* byNames(chunk: readonly ChunkItem[]): Generator<readonly ChunkItem[]> {
  if (chunk.length === 1 || packNames(chunk.map(({ name }) => name)).length <= namesBytesMax) return yield chunk
  const half = chunk.length >> 1
  yield* byNames(chunk.slice(0, half))
  yield* byNames(chunk.slice(half))
}

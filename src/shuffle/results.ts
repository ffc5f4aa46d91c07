// The results of a merge as chunks of a topic, written as bytes from the bytes of the keys: `{"key":...,"value":...}`, what JSON.stringify makes of it.
import type { EncodedChunk } from '../model/chunk.ts'
import { isPlain, tagged } from '../model/codec.ts'
import { chunkBytesMax, encodeColumns } from '../model/items.ts'
import type { Reducer } from '../model/reducer.ts'
import { JsonBytes } from './json-bytes.ts'
import type { MergeTable } from './merge-table.ts'

/** More than elsewhere: there are millions of them at once, and each chunk is synced to disk by its sink. */
const resultsOfChunkMax = 5_000

export function soleResult(reducer: Reducer<any, any, any>, { size, sums }: MergeTable): EncodedChunk {
  const value: unknown = reducer.extract(size === 0 ? reducer.create() : sums[0])
  const plain = isPlain(value)
  return { count: 1, columns: encodeColumns({}, plain), values: JSON.stringify([plain ? value : tagged(value)]) }
}

/** In the order of the indexes. A chunk ends when it holds enough items or bytes, so one is larger only by its last item. */
export function keyedResults(reducer: Reducer<any, any, any>, table: MergeTable, order: readonly number[]): readonly EncodedChunk[] {
  const json = new JsonBytes()
  const chunks: EncodedChunk[] = []
  for (let at = 0; at < order.length; at += resultsOfChunkMax) {
    const indexes = order.slice(at, at + resultsOfChunkMax)
    chunks.push(...encoded(table, indexes, indexes.map(index => reducer.extract(table.sums[index]) as unknown), json))
  }
  return chunks
}

function* encoded(table: MergeTable, indexes: readonly number[], values: readonly unknown[], json: JsonBytes): Generator<EncodedChunk> {
  const plain = values.every(value => value === undefined || isPlain(value))
  const columns = encodeColumns({}, plain)
  let count = 0
  for (let place = 0; place < indexes.length; place++) {
    const index = indexes[place]!
    json.ascii(count++ === 0 ? '[{"key":' : ',{"key":')
    json.copy(table.keys, table.startOf(index), table.endOf(index))
    putValue(json, values[place], plain)
    json.ascii('}')
    if (json.length < chunkBytesMax && place + 1 < indexes.length) continue
    json.ascii(']')
    yield { count, columns, values: json.take() }
    count = 0
  }
}

/** Undefined is left out, as everywhere. */
function putValue(json: JsonBytes, value: unknown, plain: boolean): void {
  if (value === undefined) return
  json.ascii(',"value":')
  if (plain && typeof value === 'number') json.number(value)
  else json.text(JSON.stringify(plain ? value : tagged(value)))
}

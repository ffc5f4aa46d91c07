// The results of a merge as chunks of a topic: a table of keys and values (value-table.ts), written as bytes from the bytes of the keys.
import type { EncodedChunk } from '../model/chunk.ts'
import { isPlain, tagged } from '../model/codec.ts'
import { chunkBytesMax, encodeColumns, encodeItems } from '../model/items.ts'
import type { Reducer } from '../model/reducer.ts'
import { JsonBytes } from './json-bytes.ts'
import type { MergeTable } from './merge-table.ts'

/** More than elsewhere: there are millions of them at once, and each chunk is synced to disk by its sink. */
const resultsOfChunkMax = 5_000

/** Results with keys `indexes` in a table, and what became of their sums. */
interface Results {
  readonly indexes: readonly number[]
  readonly values: readonly unknown[]
}

export function soleResult(reducer: Reducer<any, any, any>, { size, sums }: MergeTable): EncodedChunk {
  return encodeItems({ values: [reducer.extract(size === 0 ? reducer.create() : sums[0])] })
}

/** In the order of the indexes. A chunk holds no more than so many items, and bytes unless it is of one item. */
export function keyedResults(reducer: Reducer<any, any, any>, table: MergeTable, order: readonly number[]): readonly EncodedChunk[] {
  const json = new JsonBytes()
  const chunks: EncodedChunk[] = []
  for (let at = 0; at < order.length; at += resultsOfChunkMax) {
    const indexes = order.slice(at, at + resultsOfChunkMax)
    chunks.push(...encoded({ indexes, values: indexes.map(index => reducer.extract(table.sums[index]) as unknown) }, table, json))
  }
  return chunks
}

function encoded(results: Results, table: MergeTable, json: JsonBytes): readonly EncodedChunk[] {
  const chunk = results.values.includes(undefined) ? chunkOfItems(results, table) : chunkOfTable(results, table, json)
  const count = results.indexes.length
  if (count === 1 || chunk.values.length <= chunkBytesMax) return [chunk]
  const half = (from: number, to: number) => encoded({ indexes: results.indexes.slice(from, to), values: results.values.slice(from, to) }, table, json)
  return [...half(0, count >> 1), ...half(count >> 1, count)]
}

function chunkOfTable({ indexes, values }: Results, table: MergeTable, json: JsonBytes): EncodedChunk {
  const isAllPlain = values.every(value => isPlain(value))
  json.ascii(`{"count":${indexes.length},"fields":["key","value"],"columns":[`)
  indexes.forEach((index, place) => {
    json.ascii(place === 0 ? '[' : ',')
    json.copy(table.keys, table.startOf(index), table.endOf(index))
  })
  json.ascii('],')
  values.forEach((value, place) => {
    json.ascii(place === 0 ? '[' : ',')
    if (isAllPlain && typeof value === 'number') json.number(value)
    else json.text(JSON.stringify(isAllPlain ? value : tagged(value)))
  })
  json.ascii(']]}')
  return { count: indexes.length, columns: encodeColumns({}, isAllPlain), values: json.take() }
}

/** Undefined is left out, as everywhere. */
function chunkOfItems({ indexes, values }: Results, table: MergeTable): EncodedChunk {
  return encodeItems({ values: indexes.map((index, place) => ({ key: JSON.parse(table.textOf(index)) as unknown, value: values[place] })) })
}

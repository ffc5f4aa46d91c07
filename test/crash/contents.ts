// Reads everything a store holds, as text to compare.
import { createHash } from 'node:crypto'
import type { Log, StoredChunk } from '../../src/log.ts'
import { decodeItems } from '../../src/model/items.ts'
import { stores, subscriptions } from './fixtures/fill.ts'

/** `replace` is given each property's name and value, as by JSON.stringify. */
export async function contentsOf(log: Log, replace?: (name: string, value: unknown) => unknown): Promise<string> {
  const topics = await log.topics()
  const chunks: unknown[] = []
  for (const { name, partitions, extents } of topics) {
    for (let partition = 0; partition < partitions; partition++) {
      for (let cursor = extents[partition]!.start; ; ) {
        const read = await log.read({ topic: name, partition }, cursor, { chunks: 7 })
        if (read.length === 0) break
        chunks.push(...read.map(shown))
        cursor = read.at(-1)!.next
      }
    }
  }
  const progress = await Promise.all(subscriptions.map(subscription => log.progress(subscription)))
  const state = await Promise.all(stores.map(store => log.scan(store, undefined, 100_000)))
  return JSON.stringify({ topics, chunks, progress, state }, replace, 1)
}

function shown(chunk: StoredChunk) {
  const { topic, partition, offset, next, count, at, columns, values } = chunk
  return { topic, partition, offset, next, count, at, columns, values: createHash('sha1').update(values).digest('hex'), items: decodeItems(chunk).values.length }
}

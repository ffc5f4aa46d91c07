// read.
import assert from 'node:assert/strict'
import type { Log, StoredChunk } from '../../log.ts'
import { LogError } from '../../model/errors.ts'
import type { Check } from './check.ts'
import { append, valuesOf, type Scene } from './scene.ts'

const id = { topic: 'orders', partition: 0 }

export const reading: readonly Check[] = [
  {
    name: 'a read starts with the chunk that holds the offset, or the first after it',
    run: async scene => {
      const { log, chunks } = await fourChunks(scene)
      for (const chunk of chunks) {
        for (let offset = chunk.offset; offset < chunk.offset + chunk.count; offset++) assert.deepEqual(await log.read(id, offset), [chunk])
      }
      for (const [index, chunk] of chunks.slice(0, -1).entries()) {
        const following = chunks[index + 1]!
        for (const offset of new Set([chunk.offset + chunk.count, chunk.next, following.offset])) assert.deepEqual(await log.read(id, offset), [following])
      }
      assert.deepEqual(await log.read(id, 0), [chunks[0]])
    },
  },
  {
    name: 'a read gives at most as many chunks as asked for, one by default',
    run: async scene => {
      const { log, chunks } = await fourChunks(scene)
      assert.equal((await log.read(id, 0)).length, 1)
      for (const count of [1, 2, 3, 4, 100]) assert.deepEqual(await log.read(id, 0, { chunks: count }), chunks.slice(0, count))
      assert.deepEqual(await log.read(id, chunks[1]!.offset, { chunks: 2 }), chunks.slice(1, 3))
    },
  },
  {
    name: 'a read stops after the chunk that passes the bytes asked for, and gives at least one',
    run: async scene => {
      const { log, chunks } = await fourChunks(scene)
      const sizes = chunks.map(({ values }) => values.length)
      const readWith = async (bytes: number) => (await log.read(id, 0, { chunks: 100, bytes })).length
      assert.equal(await readWith(1), 1)
      assert.equal(await readWith(sizes[0]! + 1), 2)
      assert.equal(await readWith(sizes[0]! + sizes[1]! + 1), 3)
      assert.equal(await readWith(1_000_000), 4)
    },
  },
  {
    name: 'chunks follow one another without a hole, whatever the limits',
    run: async scene => {
      const { log, chunks } = await fourChunks(scene)
      const all = [...chunks]
      for (const limits of [{ chunks: 1 }, { chunks: 2 }, { chunks: 3 }, { chunks: 100, bytes: 1 }, { chunks: 100, bytes: 20 }]) {
        const found: StoredChunk[] = []
        for (let next = 0; ;) {
          const read = await log.read(id, next, limits)
          if (read.length === 0) break
          found.push(...read)
          next = read.at(-1)!.next
        }
        assert.deepEqual(found, all)
      }
    },
  },
  {
    name: 'a read at the end and beyond it is empty, and later gives what was appended meanwhile',
    run: async scene => {
      const { log, chunks } = await fourChunks(scene)
      const { next } = chunks.at(-1)!
      for (const offset of [next, next + 1, next + 1_000_000_000]) assert.deepEqual(await log.read(id, offset, { chunks: 10 }), [])
      await log.append(append(id, 'later'))
      assert.deepEqual(valuesOf(await scene.read(log, id, 1, next)), ['later'])
    },
  },
  {
    name: 'an empty partition is read as empty, an unknown one is refused with a LogError',
    run: async scene => {
      const log = await scene.with('orders', 2)
      for (const partition of [0, 1]) assert.deepEqual(await log.read({ topic: 'orders', partition }, 0, { chunks: 10 }), [])
      for (const partition of [2, -1]) await assert.rejects(log.read({ topic: 'orders', partition }, 0), LogError)
      await assert.rejects(log.read({ topic: 'unknown', partition: 0 }, 0), LogError)
    },
  },
]

/** Of one to four items. */
async function fourChunks(scene: Scene): Promise<{ readonly log: Log; readonly chunks: readonly StoredChunk[] }> {
  const log = await scene.with('orders')
  for (const count of [1, 2, 3, 4]) await log.append(append(id, ...Array.from({ length: count }, (_, index) => `item ${count}/${index}`)))
  const chunks = await scene.read(log, id, 10)
  assert.equal(chunks.length, 4)
  return { log, chunks }
}

// When chunks are removed: never before every subscription has done with them, and some time after.
import assert from 'node:assert/strict'
import type { Log, StoredChunk } from '../../log.ts'
import type { Range } from '../../model/ranges.ts'
import type { Check } from './check.ts'
import { append, commit, readToEnd, valuesOf, type Owned, type Scene } from './scene.ts'

const id = { topic: 'orders', partition: 0 }

export const removal: readonly Check[] = [
  {
    name: 'a chunk is removed when every subscription has done with all of it, and reading starts after it',
    run: async scene => {
      const { log, chunks, advance, removedUntil } = await consumed(scene, ['billing', 'audit'])
      await removedUntil(chunks[1]!.next, async () => {
        await advance('billing', chunks[3]!.next)
        await advance('audit', chunks[1]!.next)
      })
      for (const from of [0, chunks[0]!.offset, chunks[1]!.offset, chunks[2]!.offset]) assert.deepEqual(await log.read(id, from), [chunks[2]])
      await scene.assertHolds(log, id, ['c0', 'c1', 'd0', 'd1'])
    },
  },
  {
    name: 'nothing is removed that one subscription has not done with',
    run: async scene => {
      const { chunks, advance, assertKept } = await consumed(scene, ['billing', 'audit'])
      await advance('billing', chunks[3]!.next)
      await assertKept(chunks)
      await advance('audit', chunks[0]!.offset + 1)
      await assertKept(chunks)
    },
  },
  {
    name: 'a chunk of which one item is not done stays',
    run: async scene => {
      const { chunks, advance, assertKept } = await consumed(scene, ['billing'])
      await advance('billing', chunks[0]!.offset + 1, [[chunks[1]!.offset, chunks[3]!.next]])
      await assertKept(chunks.slice(0, 1))
      assert.ok(chunks[1])
    },
  },
  {
    name: 'what is not done stays, even where later chunks are done above the mark',
    run: async scene => {
      const { chunks, advance, assertKept } = await consumed(scene, ['billing'])
      await advance('billing', chunks[1]!.offset, [[chunks[2]!.offset, chunks[2]!.next]])
      await assertKept([chunks[1]!, chunks[3]!])
    },
  },
  {
    name: 'a topic without subscriptions keeps everything, whoever makes progress in it',
    run: async scene => {
      const { chunks, advance, assertKept } = await consumed(scene, [])
      await advance('billing', chunks[3]!.next)
      await assertKept(chunks)
    },
  },
  {
    name: 'progress of a subscription the topic does not have removes nothing',
    run: async scene => {
      const { chunks, advance, assertKept } = await consumed(scene, ['billing'])
      await advance('somebody else', chunks[3]!.next)
      await assertKept(chunks)
    },
  },
  {
    name: 'a subscription added later keeps what is still there',
    run: async scene => {
      const { log, chunks, advance, removedUntil, assertKept } = await consumed(scene, ['billing'])
      await removedUntil(chunks[0]!.next, () => advance('billing', chunks[0]!.next))
      await log.createTopics([{ name: 'orders', partitions: 1, subscriptions: ['audit'] }])
      await advance('billing', chunks[3]!.next)
      await assertKept(chunks.slice(1))
      await removedUntil(chunks[1]!.next, () => advance('audit', chunks[1]!.next))
      await assertKept(chunks.slice(2))
    },
  },
  {
    name: 'a partition that was consumed whole goes on with higher offsets',
    run: async scene => {
      const { log, chunks, advance, removedUntil } = await consumed(scene, ['billing'])
      await removedUntil(chunks[3]!.next, () => advance('billing', chunks[3]!.next))
      assert.deepEqual(await log.read(id, 0), [])
      const { offset } = await log.append(append(id, 'later'))
      assert.ok(offset >= chunks[3]!.next)
      assert.deepEqual(valuesOf(await scene.read(log, id, 1)), ['later'])
    },
  },
]

/** Four chunks of two items, and an owner. */
async function consumed(scene: Scene, subscriptions: readonly string[]) {
  const log: Log = await scene.with('orders', 1, subscriptions)
  for (const name of ['a', 'b', 'c', 'd']) await log.append(append(id, `${name}0`, `${name}1`))
  const chunks = await scene.read(log, id, 8)
  const { held }: Owned = await scene.own(log, ['orders'])
  const advance = async (subscription: string, mark: number, done: readonly Range[] = []): Promise<void> => {
    await commit(log, held, { progress: [{ ...id, subscription, mark, done }] })
  }
  /** An engine may remove with a later commit, and some time later. */
  const removedUntil = (offset: number, consume: () => Promise<void>) => scene.eventually(`everything before ${offset} is removed`, async () => {
    await consume()
    return (await startOf(log)) >= offset
  })
  /** With some more commits, which is when an engine may remove. */
  const assertKept = async (kept: readonly StoredChunk[]): Promise<void> => {
    for (let round = 0; round < 3; round++) {
      await scene.pass(60)
      await advance('nobody', round)
    }
    const offsets = new Set((await readToEnd(log, id)).map(({ offset }) => offset))
    for (const { offset } of kept) assert.ok(offsets.has(offset), `the chunk at ${offset} is not done with, but was removed`)
  }
  return { log, chunks, advance, removedUntil, assertKept }
}

async function startOf(log: Log): Promise<number> {
  return (await log.topics()).find(({ name }) => name === 'orders')!.extents[0]!.start
}

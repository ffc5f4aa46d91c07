// The position that a split is gone on from belongs to its mark, also where something above the mark was done before.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SplitReader } from '../../src/runtime/split-reader.ts'
import type { Split } from '../../src/source.ts'
import { sourceOf } from '../../src/testing/given.ts'
import { World } from '../../src/testing/world.ts'
import { upTo } from './running.ts'

test('the mark does not pass what was done before a restart and is not read yet', async () => {
  const world = new World()
  const say = () => {}
  const context = { signal: new AbortController().signal, log: { info: say, warn: say, error: say } }
  const reader = new SplitReader({
    source: sourceOf(upTo(12), 3), split: { id: 'given', data: 0 }, progress: { mark: 2, position: 2, done: [[5, 8]] }, context, clock: world.clock, wake: say, onError: error => { throw error },
  })
  await world.sleep(1)
  const first = reader.take()!
  assert.deepEqual(first.items.map(({ item }) => item), [2, 3, 4])
  reader.complete(2, 5)
  const progress = reader.takeProgress()!
  assert.equal(progress.position, progress.mark, 'going on from here would read items again under other ordinals')
  const second = reader.take()!
  assert.deepEqual(second.items.map((_, index) => second.skip?.(index)), [true, true, true])
  const third = reader.take()!
  reader.complete(third.first, third.first + third.items.length)
  assert.deepEqual(reader.takeProgress(), { mark: 11, position: 11, done: [] })
  world.clock.stop()
})

test('a split is completed before it is read, and says when all of it was taken', async () => {
  const world = new World()
  const say = () => {}
  const context = { signal: new AbortController().signal, log: { info: say, warn: say, error: say } }
  const given = sourceOf(upTo(3), 3)
  const seen: unknown[] = []
  const source = {
    ...given,
    locate: async (split: Split) => ({ ...split, group: 'located' }),
    readChunks(split: Split, from: unknown) {
      seen.push(split.group)
      return given.readChunks!(split, from, context)
    },
  }
  const reader = new SplitReader({ source, split: { id: 'given', data: 0 }, progress: undefined, context, clock: world.clock, wake: say, onError: error => { throw error } })
  await world.sleep(1)
  assert.deepEqual(seen, ['located'])
  assert.equal(reader.isTaken, false)
  reader.take()
  assert.deepEqual([reader.isTaken, reader.isDone], [true, false])
  world.clock.stop()
})

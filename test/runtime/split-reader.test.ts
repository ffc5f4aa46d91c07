// The position that a split is gone on from belongs to its mark, also where something above the mark was done before.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Names } from '../../src/model/names.ts'
import { SplitReader, type SplitProgress } from '../../src/runtime/split-reader.ts'
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
  assert.deepEqual([...first.placed.values], [2, 3, 4])
  reader.complete(2, 5)
  const progress = reader.takeProgress()!
  assert.equal(progress.position, progress.mark, 'going on from here would read items again under other ordinals')
  const second = reader.take()!
  assert.deepEqual(second.placed.values.map((_, index) => second.skip?.(index)), [true, true, true])
  const third = reader.take()!
  reader.complete(third.first, third.first + third.placed.values.length)
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

test('items in columns are cut into chunks of a thousand, each with its own errors, positions and origins', async () => {
  const world = new World()
  const say = () => {}
  const context = { signal: new AbortController().signal, log: { info: say, warn: say, error: say } }
  const positionsRead: unknown[] = []
  const source = {
    ...sourceOf([], 1),
    async *readPlaced(_split: Split, from: unknown) {
      positionsRead.push(from)
      const start = (from as number | undefined) ?? 0
      const items = upTo(2_500).slice(start)
      yield { items, errors: new Map([[1_200, new Error('torn')]]), positionOf: (index: number) => start + index + 1, firstOrigin: ['a.log:', start + 1] as const }
    },
  }
  const readerAt = (progress?: SplitProgress) => new SplitReader({ source, split: { id: 'given', data: 0 }, progress, context, clock: world.clock, wake: say, onError: error => { throw error } })
  const reader = readerAt()
  await world.sleep(1)
  const chunks = [reader.take()!, reader.take()!, reader.take()!]
  assert.deepEqual(chunks.map(({ first, placed: { values } }) => [first, values[0], values.length]), [[0, 0, 1_000], [1_000, 1_000, 1_000], [2_000, 2_000, 500]])
  assert.deepEqual(chunks.map(({ placed: { errors } }) => [...(errors ?? [])].map(([index, { message }]) => [index, message])), [[], [[200, 'torn']], []])
  assert.deepEqual(chunks.map(({ placed }) => placed.originsOr(Names.listed([])).at(499)), ['a.log:500', 'a.log:1500', 'a.log:2500'])
  reader.complete(0, 1_500)
  assert.deepEqual(reader.takeProgress(), { mark: 1_500, position: 1_500, done: [] })
  reader.complete(1_500, 2_500)
  assert.deepEqual([reader.takeProgress()!.position, reader.isDone], [2_500, true])
  const resumed = readerAt({ mark: 1_500, position: 1_500, done: [] })
  await world.sleep(1)
  assert.deepEqual([resumed.take()!.placed.values[0], positionsRead], [1_500, [undefined, 1_500]])
  world.clock.stop()
})

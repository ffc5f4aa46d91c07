import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PermanentError } from '../../src/model/errors.ts'
import { RetryLater } from '../../src/model/retry-later.ts'
import { checkOutcome, chunkSizeDefault, inChunks, readChunkWorker } from '../../src/pipeline/chunk-worker.ts'
import { contextOf } from '../patterns/context.ts'
import { problem, refusalOf } from './building.ts'

test('the runtime sees the worker of chunks and its size', () => {
  const doubled = (items: readonly number[]) => items.map(item => item * 2)
  assert.deepEqual(readChunkWorker(inChunks(doubled, { size: 10 })), { chunkWorker: doubled, size: 10 })
  assert.equal(readChunkWorker(inChunks(doubled))!.size, chunkSizeDefault)
  assert.equal(readChunkWorker(doubled), undefined)
  assert.equal(inChunks(doubled).name, 'doubled')
})

test('called with one item it is a worker of a chunk of one', async () => {
  const context = contextOf()
  let seen: unknown
  const worker = inChunks<number, number>(async (items, { items: metas, id }) => {
    seen = [items, metas, id]
    return items.map(item => item * 2)
  })
  assert.equal(await worker(21, context), 42)
  assert.deepEqual(seen, [[21], [context], context.id])
})

test('what stands for a failed item is thrown; nothing passes the item on', () => {
  const permanent = new PermanentError('no')
  const later = new RetryLater('busy', { after: '1s' })
  for (const error of [permanent, later]) assert.throws(() => inChunks(() => [error])(1, contextOf()), (thrown: unknown) => thrown === error)
  assert.equal(inChunks(() => {})(1, contextOf()), undefined)
})

test('another number of results than of items is refused', () => {
  assert.throws(() => checkOutcome([1], 2), /got 2 items and gave a list of 1; give a list with one entry for each item/)
  assert.throws(() => checkOutcome('ab' as never, 2), /gave a value of type string/)
  assert.deepEqual(checkOutcome(undefined, 2), [undefined, undefined])
})

test('a wrong worker or size is refused', () => {
  assert.equal(problem(refusalOf(() => inChunks({} as never))), 'inChunks(): its first argument is {}, but must be a function')
  assert.equal(problem(refusalOf(() => inChunks(() => {}, { size: 0 }))), 'inChunks(): size is 0, but must be a whole number from 1')
})

// Splits of one group are read one after the other, and do not hold up those of others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SplitQueue } from '../../src/runtime/split-queue.ts'

const queued = (offset: number, group?: string) => ({ offset, split: { id: String(offset), group } })

test('of a group one split is given at a time, in order, and other groups pass by', () => {
  const queue = new SplitQueue()
  queue.add([queued(0, 'a'), queued(1, 'a'), queued(2, 'b'), queued(3), queued(4)])
  const given = () => queue.take()?.offset
  assert.deepEqual([given(), given(), given(), given(), given()], [0, 2, 3, 4, undefined])
  queue.free(2, queued(2, 'b').split)
  assert.equal(given(), undefined)
  queue.free(0, queued(0, 'a').split)
  assert.equal(given(), 1)
  assert.ok(queue.isEmpty)
})

test('a split that was freed once does not free its follower', () => {
  const queue = new SplitQueue()
  queue.add([queued(0, 'a'), queued(1, 'a'), queued(2, 'a')])
  queue.take()
  queue.free(0, queued(0, 'a').split)
  assert.equal(queue.take()?.offset, 1)
  queue.free(0, queued(0, 'a').split)
  assert.equal(queue.take(), undefined)
})

test('what is added while a group is busy waits for it', () => {
  const queue = new SplitQueue()
  queue.add([queued(0, 'a')])
  assert.equal(queue.take()?.offset, 0)
  queue.add([queued(1, 'a'), queued(2)])
  assert.deepEqual([queue.take()?.offset, queue.take()?.offset], [2, undefined])
})

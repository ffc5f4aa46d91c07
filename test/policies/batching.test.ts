import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boundsOf, dueIn, isFull } from '../../src/policies/batching.ts'

test('a batch is full at its count or its size, whichever is first', () => {
  const bounds = boundsOf('gather', { count: 3, size: '1KB' })
  assert.equal(isFull(bounds, { count: 2, bytes: 999 }), false)
  assert.equal(isFull(bounds, { count: 3, bytes: 6 }), true)
  assert.equal(isFull(bounds, { count: 1, bytes: 1_000 }), true)
})

test('a batch without a bound of one kind is never full by it', () => {
  assert.equal(isFull(boundsOf('gather', { within: '12h' }), { count: 1e9, bytes: 1e12 }), false)
})

test('a clock that jumps back does not make a batch wait longer than its time', () => {
  const bounds = boundsOf('gather', { within: '1m' })
  assert.equal(dueIn(bounds, 100_000, 100_000), 60_000)
  assert.equal(dueIn(bounds, 100_000, 130_000), 30_000)
  assert.equal(dueIn(bounds, 100_000, 3_700_000), 0)
  assert.equal(dueIn(bounds, 100_000, -3_500_000), 60_000)
})

// How the advice of measured rates is said.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measuredSentence } from '../../src/cli/measures-text.ts'
import type { MeasuredBottleneck, MeasuredTime } from '../../src/plan/measures.ts'

const time: MeasuredTime = { meanMs: 20, workers: 2, perSecond: 100, isBlocking: false }
const said = (bottleneck: Partial<MeasuredBottleneck>, more: Partial<MeasuredTime> = {}) =>
  measuredSentence({ stage: 'resize', option: 'threads', has: 2, heldBy: undefined, keepsUp: { with: 'fetch', isBefore: true, needs: 7 }, ...bottleneck }, { ...time, ...more })

test('it says how much more of which option, and what that keeps up with', () => {
  assert.equal(said({}), "The bottleneck is 'resize': 100/s with threads 2. With threads 7 (5 more) it would keep up with 'fetch' before it.")
  assert.equal(said({ option: 'concurrency', keepsUp: { with: 'pack', isBefore: false, needs: 3 } }), "The bottleneck is 'resize': 100/s with concurrency 2. With concurrency 3 (1 more) it would keep up with 'pack'.")
})

test('what keeps the main thread needs threads', () => {
  assert.equal(said({ has: 1 }, { isBlocking: true }), "The bottleneck is 'resize': 100/s in the main thread, which it keeps from all else. With threads 7 it would keep up with 'fetch' before it.")
})

test('where more workers do not help, it says why, or nothing', () => {
  assert.equal(said({ heldBy: 'limit', keepsUp: undefined }), "The bottleneck is 'resize': 100/s with threads 2. Its limit allows no more.")
  assert.equal(said({ option: undefined, has: 1, keepsUp: undefined }), "The bottleneck is 'resize': 100/s one thing at a time.")
  assert.equal(said({ keepsUp: { with: 'fetch', isBefore: true, needs: 2 } }), "The bottleneck is 'resize': 100/s with threads 2.")
  assert.equal(said({ keepsUp: { with: 'fetch', isBefore: true, needs: 2_000 } }), "The bottleneck is 'resize': 100/s with threads 2. The others take hardly any time beside it.")
})

test('names steer no terminal', () => {
  assert.ok(!said({ stage: '\u001B[2Jresize' }).includes('\u001B'))
})

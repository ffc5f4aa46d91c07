import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CrashedError, PermanentError, SchemaError, TimeoutError } from '../../src/model/errors.ts'
import type { RetryState } from '../../src/model/item.ts'
import { RetryLater } from '../../src/model/retry-later.ts'
import { afterFailure, delayMsOf, describeError, retryPolicyOf } from '../../src/policies/retry.ts'
import { NoRouteError } from '../../src/runtime/operators.ts'

const exact = retryPolicyOf({ attempts: 5, backoff: { delay: '1s', max: '1m', jitter: false } })
const half = () => 0.5

test('by default an item has three attempts, from a second on, up to an hour, with jitter', () => {
  const expected = { attempts: 3, type: 'exponential', delayMs: 1_000, maxMs: 3_600_000, jitter: true }
  assert.deepEqual(retryPolicyOf({}), expected)
  assert.deepEqual(retryPolicyOf({ attempts: undefined, backoff: { delay: undefined, max: undefined, type: undefined, jitter: undefined } }), expected)
})

test('a delay above the default maximum is kept, and a maximum that was given holds', () => {
  assert.equal(delayMsOf(retryPolicyOf({ backoff: { delay: '2h', jitter: false } }), 1, half), 7_200_000)
  assert.equal(delayMsOf(retryPolicyOf({ backoff: { max: '500ms', jitter: false } }), 1, half), 500)
})

test('delays double up to the maximum', () => {
  assert.deepEqual([1, 2, 3, 4, 7, 8, 5_000].map(attempt => delayMsOf(exact, attempt, half)), [1_000, 2_000, 4_000, 8_000, 60_000, 60_000, 60_000])
})

test('fixed delays stay the same', () => {
  const fixed = retryPolicyOf({ backoff: { type: 'fixed', delay: '3s', jitter: false } })
  assert.deepEqual([1, 2, 50].map(attempt => delayMsOf(fixed, attempt, half)), [3_000, 3_000, 3_000])
})

test('jitter takes away up to a half, and never adds', () => {
  const amount = fc.integer({ min: 0, max: 100_000 })
  fc.assert(fc.property(amount, amount, fc.integer({ min: 1, max: 2_000 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom('fixed', 'exponential'), (delay, max, attempt, chance, type) => {
    const backoff = { type, delay: `${delay}ms`, max: `${max}ms` } as const
    const full = delayMsOf(retryPolicyOf({ backoff: { ...backoff, jitter: false } }), attempt, half)
    const jittered = delayMsOf(retryPolicyOf({ backoff }), attempt, () => chance)
    assert.ok(full <= max && Number.isFinite(full))
    assert.ok(full / 2 <= jittered && jittered <= full)
  }))
})

function failing(errors: readonly unknown[], policy = exact): RetryState {
  return errors.reduce<RetryState | undefined>((before, error, index) => afterFailure(policy, before, error, index * 10, half), undefined)!
}

test('a failed item runs again after its delay, with what happened in its history', () => {
  const error = new Error('no answer', { cause: new Error('ECONNRESET') })
  const { stack } = error
  assert.deepEqual(failing([error]), {
    attempts: 1, dueAt: 1_000, reason: undefined, history: [{ attempt: 1, at: 0, error: { name: 'Error', message: 'no answer (because: ECONNRESET)', stack } }],
  })
  assert.deepEqual([failing(['a', 'b', 'c']).attempts, failing(['a', 'b', 'c']).dueAt], [3, 20 + 4_000])
})

test('the last attempt makes it a dead letter, with the reason its error gives', () => {
  const before = ['a', 'b', 'c', 'd']
  const last: readonly (readonly [unknown, string])[] = [
    ['e', 'attempts'], [new TimeoutError('s', 5), 'timeout'], [new CrashedError('s', 'x'), 'crashed'], [new RetryLater('busy', { after: '1h' }), 'attempts'],
  ]
  for (const [error, reason] of last) {
    const state = failing([...before, error])
    assert.deepEqual([state.reason, state.attempts, state.dueAt], [reason, 5, 40])
    assert.equal(failing([...before.slice(1), error]).reason, undefined)
  }
})

test('what can never succeed is not tried again', () => {
  const never: readonly (readonly [unknown, string])[] = [
    [new PermanentError('too old'), 'permanent'], [new SchemaError('an item', []), 'schema'], [new NoRouteError(['a']), 'no-route'],
    [Object.assign(new Error('of another copy of the package'), { code: 'PERMANENT' }), 'permanent'],
  ]
  for (const [error, reason] of never) assert.deepEqual([failing([error]).reason, failing([error]).dueAt], [reason, 0])
})

test('RetryLater says when, whatever the backoff and its maximum', () => {
  assert.equal(failing([new RetryLater('busy', { after: '3h' })]).dueAt, 3 * 3_600_000)
  assert.equal(failing([new RetryLater('busy', { after: '0s' })]).dueAt, 0)
})

test('the history holds the last twenty attempts, however many there were', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 60 }), count => {
    const { history, attempts } = failing(Array.from({ length: count }, (_, index) => `error ${index + 1}`), { ...exact, attempts: 100 })
    assert.equal(attempts, count)
    assert.deepEqual(history.map(({ attempt }) => attempt), Array.from({ length: count }, (_, index) => index + 1).slice(-20))
    assert.equal(history.at(-1)!.error.message, `a worker threw 'error ${count}'`)
  }))
})

test('the state before is left as it was', () => {
  const before = Object.freeze({ ...failing(['a']), history: Object.freeze([...failing(['a']).history]) })
  assert.equal(afterFailure(exact, before, 'b', 0, half).history.length, 2)
})

test('whatever a worker throws is described', () => {
  const thrown: readonly (readonly [unknown, string])[] = [
    ['text', "'text'"], [7, '7'], [undefined, 'undefined'], [null, 'null'], [{ status: 503 }, '{"status":503}'], [Symbol('s'), 'Symbol(s)'], [Object.create(null), '{}'],
  ]
  for (const [value, text] of thrown) assert.deepEqual(describeError(value), { name: 'Error', message: `a worker threw ${text}` })
  const long = new TypeError('long')
  long.stack = 'x'.repeat(10_000)
  assert.deepEqual(describeError(long), { name: 'TypeError', message: 'long', stack: 'x'.repeat(4_000) })
})

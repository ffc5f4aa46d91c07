import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import type { Context } from '../../src/model/worker.ts'
import { agree, DisagreementError } from '../../src/patterns/agree.ts'
import { problem, refusalOf } from '../pipeline/building.ts'
import { contextOf } from './context.ts'

test('equal results are one result', async () => {
  assert.deepEqual(await agree(async () => ({ plates: [1, 2] }), async () => ({ plates: [1, 2] }))(1, contextOf()), { plates: [1, 2] })
  assert.equal(await agree(() => {}, () => {})(1, contextOf()), undefined)
})

test('a difference is an error that shows both', async () => {
  const error = await disagreement({ total: 10 }, { total: 12 })
  assert.equal(error.code, 'DISAGREEMENT')
  assert.match(error.message, /^two workers disagree: the first gave \{ total: 10 \}, the second \{ total: 12 \};/)
  assert.deepEqual([error.first, error.second], [{ total: 10 }, { total: 12 }])
})

test('equality is deep and strict', async () => {
  await disagreement([1], ['1'])
  await disagreement({ a: new Date(0) }, { a: new Date(1) })
  await disagreement(0, -0)
  await disagreement(undefined, null)
})

test('long values are shortened to where they differ', async () => {
  const long = 'x'.repeat(5_000)
  const { message } = await disagreement(`${long}A${long}`, `${long}B${long}`)
  assert.ok(message.length < 700, `${message.length} characters`)
  assert.match(message, /first gave …x{40}A.*second …x{40}B/)
})

test('a value that cannot be shown does not hide the difference', async () => {
  const awkward = { get [Symbol.toStringTag](): string { throw new Error('awkward') } }
  await disagreement(awkward, 1)
})

test('what counts as equal can be said', async () => {
  const near = (a: number, b: number) => Math.abs(a - b) < 0.01
  assert.equal(await agree(() => 1, () => 1.001, near)(1, contextOf()), 1)
  await assert.rejects(async () => agree(() => 1, () => 2, near)(1, contextOf()), DisagreementError)
})

test('where one fails, that is the failure, and the other is aborted', async () => {
  const own = new Error('own')
  let aborted: AbortSignal | undefined
  const waits = async (_item: number, { signal }: Context): Promise<never> => {
    aborted = signal
    await once(signal, 'abort')
    throw signal.reason
  }
  const fails = async (): Promise<never> => { throw own }
  await assert.rejects(async () => agree(waits, fails)(1, contextOf()), (error: unknown) => error === own)
  assert.equal(aborted!.aborted, true)
})

test('a worker that is none is refused', () => {
  const call = agree as (...workers: unknown[]) => unknown
  assert.equal(problem(refusalOf(() => call(() => {}))), 'agree(): the second worker is undefined, but must be a function')
  assert.equal(problem(refusalOf(() => call(() => {}, () => {}, true))), 'agree(): equal is true, but must be a function')
})

async function disagreement(first: unknown, second: unknown): Promise<DisagreementError> {
  try {
    await agree(() => first, () => second)(1, contextOf())
  } catch (error) {
    assert.ok(error instanceof DisagreementError)
    return error
  }
  return assert.fail('the two agreed')
}

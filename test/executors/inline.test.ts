import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inlineExecutor } from '../../src/executors/inline.ts'
import { contextOf, outcomeOf } from './fixtures/task.ts'

test('a synchronous result settles before start returns', () => {
  const results: unknown[] = []
  const executor = inlineExecutor((value: number) => value + 1, 1)
  executor.start({ value: 1, context: contextOf(), settle: result => results.push(result), fail: assert.fail })
  assert.deepEqual(results, [2])
})

test('a synchronous throw fails before start returns', () => {
  const errors: unknown[] = []
  const executor = inlineExecutor(() => { throw new RangeError('no') }, 1)
  executor.start({ value: 1, context: contextOf(), settle: assert.fail, fail: error => errors.push(error) })
  assert.deepEqual(errors, [new RangeError('no')])
})

test('promises settle and fail, and any thenable counts', async () => {
  const executor = inlineExecutor((value: string) => {
    if (value === 'bad') return Promise.reject(new Error('bad'))
    // oxlint-disable-next-line unicorn/no-thenable, typescript/no-unnecessary-type-assertion -- a thenable is what is tested
    return { then: (ok: (result: string) => void) => ok(value) } as unknown as Promise<string>
  }, 5)
  assert.equal(await outcomeOf(executor, 'good'), 'good')
  await assert.rejects(outcomeOf(executor, 'bad'), { message: 'bad' })
  assert.equal(executor.capacity, 5)
})

test('a settle that throws is not taken for a failure of the worker', () => {
  const executor = inlineExecutor(() => 1, 1)
  const start = () => executor.start({ value: 1, context: contextOf(), settle: () => { throw new Error('bug') }, fail: assert.fail })
  assert.throws(start, { message: 'bug' })
})

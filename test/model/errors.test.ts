import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchworkError, CrashedError, FencedError, LogError, OptionError, PermanentError, PlanError, SchemaError, show, TimeoutError } from '../../src/model/errors.ts'
import { conform, type Schema } from '../../src/model/schema.ts'

test('every error has the name of its class, a stable code, and says what to do', () => {
  const expected: readonly (readonly [BatchworkError, string, string, string])[] = [
    [new OptionError('attempts', 0, 'a whole number from 1'), 'OptionError', 'OPTION', 'attempts is 0, but must be a whole number from 1'],
    [new PlanError('blur', 'photos.ts:3:4', 'two stages'), 'PlanError', 'PLAN', 'two stages\n  at photos.ts:3:4'],
    [new PlanError('blur', '', 'two stages'), 'PlanError', 'PLAN', 'two stages'],
    [new TimeoutError('blur', 500), 'TimeoutError', 'TIMEOUT', "an item of stage 'blur' was not done within its timeout of 500 ms; raise 'timeout', or make the worker heed context.signal"],
    [new CrashedError('blur', 'exit code 1'), 'CrashedError', 'CRASHED', "the worker of stage 'blur' died while this item ran alone in it: exit code 1"],
    [new FencedError(1, 2), 'FencedError', 'FENCED', 'a commit of epoch 1 was refused: another process took over with epoch 2; this one must stop'],
    [new LogError('LOCKED', 'in use'), 'LogError', 'LOCKED', 'in use'],
  ]
  for (const [error, name, code, message] of expected) {
    assert.deepEqual([error.name, error.code, error.message], [name, code, message])
    assert.ok(error instanceof BatchworkError && error instanceof Error)
  }
})

test('errors carry their data and their cause', () => {
  const cause = new Error('disk')
  assert.equal(new BatchworkError('X', 'failed', { cause }).cause, cause)
  const plan = new PlanError('blur', 'photos.ts:3:4', 'wrong')
  assert.deepEqual([plan.stage, plan.at], ['blur', 'photos.ts:3:4'])
  const permanent = new PermanentError('too old', { cause, data: { age: 9 } })
  assert.deepEqual([permanent.name, permanent.code, permanent.message, permanent.cause, permanent.data], ['PermanentError', 'PERMANENT', 'too old', cause, { age: 9 }])
  assert.equal(Object.hasOwn(new PermanentError('too old'), 'cause'), false)
})

test('a schema error names each issue and where it is', () => {
  const error = new SchemaError('an item', [
    { message: 'is missing' }, { message: 'must be a number', path: ['orders', 2, { key: 'price' } as unknown as PropertyKey] }, { message: 'odd', path: [Symbol('s')] },
  ])
  assert.equal(error.message, 'an item does not fit its schema: is missing; orders.2.price: must be a number; Symbol(s): odd')
  assert.equal(error.issues.length, 3)
})

function schemaOf(validate: (value: unknown) => unknown): Schema {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

test('a value is given back as its schema changed it, or refused with the issues', () => {
  assert.equal(conform(schemaOf(value => ({ value: Number(value) })), '7', 'a'), 7)
  assert.throws(() => conform(schemaOf(() => ({ issues: [{ message: 'no' }] })), 1, 'an order'), { name: 'SchemaError', message: 'an order does not fit its schema: no' })
  assert.throws(() => conform(schemaOf(async () => ({ value: 1 })), 1, 'an order'), /^SchemaError: an order .* the schema is asynchronous, which items cannot wait for/)
})

test('values are shown so that they can be told apart', () => {
  const cycle: Record<string, unknown> = Object.create(null)
  cycle['self'] = cycle
  const shown: readonly (readonly [unknown, string])[] = [
    ['a', "'a'"], [1, '1'], [-0, '-0'], [NaN, 'NaN'], [Infinity, 'Infinity'], [1n, '1n'], [null, 'null'], [undefined, 'undefined'], [true, 'true'],
    [Symbol('s'), 'Symbol(s)'], [() => 1, 'a function'], [{ a: [1] }, '{"a":[1]}'], [cycle, '[object Object]'], [{ big: 1n }, '[object Object]'],
  ]
  for (const [value, text] of shown) assert.equal(show(value), text)
})

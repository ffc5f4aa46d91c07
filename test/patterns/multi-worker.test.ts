import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PermanentError } from '../../src/model/errors.ts'
import { multiWorker } from '../../src/patterns/multi-worker.ts'
import { problem, refusalOf } from '../pipeline/building.ts'
import { contextOf } from './context.ts'

const fails = (error: unknown) => function blurPlates(): never { throw error }

test('each worker sees the output of the one before', async () => {
  const worker = multiWorker((n: number) => n + 1, async n => ({ n }), ({ n }) => `${n}`)
  assert.equal(await worker(1, contextOf()), '2')
})

test('a worker that gives nothing passes its own item on, also the last', async () => {
  const seen: number[] = []
  const note = (n: number) => void seen.push(n)
  assert.equal(multiWorker((n: number) => n + 1, note)(1, contextOf()), 2)
  assert.equal(await multiWorker(note, async (n: number) => n * 10, async n => note(n))(5, contextOf()), 50)
  assert.deepEqual(seen, [2, 5, 50])
})

test('null and false are results, not nothing', () => {
  assert.equal(multiWorker((_n: number) => null, value => value)(1, contextOf()), null)
  assert.equal(multiWorker((_n: number) => false, value => value)(1, contextOf()), false)
})

test('synchronous workers stay synchronous', () => {
  assert.equal(multiWorker((n: number) => n, n => n)(1, contextOf()), 1)
})

test('each worker gets the context', async () => {
  const context = contextOf()
  await multiWorker((_n: number, given) => assert.equal(given, context), (_n, given) => assert.equal(given, context))(1, context)
})

test('the error is the same object, and names its part', async () => {
  const error = new PermanentError('not a photo')
  const waits = async (): Promise<never> => { throw error }
  assert.throws(() => multiWorker((n: number) => n, fails(error))(1, contextOf()), (thrown: unknown) => thrown === error)
  assert.equal(error.message, "not a photo (in 'blurPlates', part 2 of 2)")
  await assert.rejects(async () => multiWorker(waits, (n: number) => n)(1, contextOf()), (thrown: unknown) => thrown === error)
  assert.equal(error.message, "not a photo (in 'blurPlates', part 2 of 2)", 'named once')
})

test('the part of a nested multi-worker that failed is named, and a part without a name is counted', () => {
  const error = new Error('broken')
  const inner = multiWorker((n: number) => n, fails(error))
  assert.throws(() => multiWorker((n: number) => n, inner)(1, contextOf()))
  assert.equal(error.message, "broken (in 'blurPlates', part 2 of 2)")
  const second = new Error('broken')
  assert.throws(() => multiWorker((_n: number) => { throw second }, (n: number) => n)(1, contextOf()))
  assert.equal(second.message, 'broken (in part 1 of 2)')
})

test('what cannot take another message is thrown as it is', () => {
  for (const error of ['text', undefined, Object.freeze(new Error('frozen')), new DOMException('stopped', 'AbortError')]) {
    assert.throws(() => multiWorker((n: number) => n, fails(error))(1, contextOf()), (thrown: unknown) => thrown === error)
  }
})

test('the reason of an abort is shared by other items, and keeps its message', () => {
  const reason = new Error('shutting down')
  const signal = AbortSignal.abort(reason)
  assert.throws(() => multiWorker((_n: number, context) => context.signal.throwIfAborted(), (n: number) => n)(1, contextOf(signal)))
  assert.equal(reason.message, 'shutting down')
})

test('once aborted, the next part is not begun', async () => {
  const controller = new AbortController()
  const stops = async (n: number) => {
    controller.abort(new Error('timeout'))
    return n
  }
  const worker = multiWorker(stops, () => assert.fail('the second part was begun'))
  await assert.rejects(async () => worker(1, contextOf(controller.signal)), /^Error: timeout$/)
})

test('fewer than two workers, or what is none, are refused', () => {
  const call = multiWorker as (...parts: unknown[]) => unknown
  assert.equal(problem(refusalOf(() => call(() => {}))), 'multiWorker(): has 1 workers; give at least two, or the one worker itself')
  assert.equal(problem(refusalOf(() => call(() => {}, 7))), 'multiWorker(): worker 2 is 7, but must be a function')
})

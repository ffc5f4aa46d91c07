import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { PermanentError } from '../../src/model/errors.ts'
import { RetryLater } from '../../src/model/retry-later.ts'
import type { Context } from '../../src/model/worker.ts'
import { race } from '../../src/patterns/race.ts'
import { problem, refusalOf } from '../pipeline/building.ts'
import { contextOf } from './context.ts'

const failing = (error: unknown) => async (): Promise<never> => { throw error }

/** A worker that ends only by its signal. */
function endless(signals: AbortSignal[]) {
  return async (_item: number, { signal }: Context): Promise<string> => {
    signals.push(signal)
    await once(signal, 'abort')
    throw signal.reason
  }
}

test('the first success wins, and the others are aborted, not the winner', async () => {
  const losers: AbortSignal[] = []
  let winner: AbortSignal | undefined
  const fast = async (_item: number, { signal }: Context) => {
    winner = signal
    return 'fast'
  }
  assert.equal(await race(endless(losers), fast, endless(losers))(1, contextOf()), 'fast')
  assert.deepEqual(losers.map(signal => (signal.reason as Error).message), Array(2).fill('another worker of the race was first'))
  assert.equal(winner!.aborted, false)
})

test('a failure does not end the race', async () => {
  assert.equal(await race(failing(new Error('no GPU')), async () => 'CPU')(1, contextOf()), 'CPU')
  assert.equal(await race(() => { throw new Error('no GPU') }, () => 'CPU')(1, contextOf()), 'CPU')
})

test('giving nothing is a success too', async () => {
  assert.equal(await race(async () => {}, async () => {})(1, contextOf()), undefined)
})

test('where all fail there is one error with all of them', async () => {
  const errors = [new Error('no GPU'), new Error('no codec')]
  async function onGpu(): Promise<never> { throw errors[0] }
  const error = await rejection(race(onGpu, failing(errors[1])))
  assert.ok(error instanceof AggregateError)
  assert.deepEqual(error.errors, errors)
  assert.equal(error.message, 'all 2 workers of the race failed: onGpu: no GPU; 2: no codec')
})

test('where all fail for good, so does the item', async () => {
  const errors = [new PermanentError('no video'), new PermanentError('no frames')]
  const error = await rejection(race(failing(errors[0]), failing(errors[1])))
  assert.ok(error instanceof PermanentError)
  assert.deepEqual((error.cause as AggregateError).errors, errors)
})

test('where some may be asked later, the soonest counts, unless another may be tried at once', async () => {
  const later = (after: '5s' | '9s') => new RetryLater('busy', { after })
  const error = await rejection(race(failing(later('9s')), failing(later('5s')), failing(new PermanentError('no'))))
  assert.ok(error instanceof RetryLater)
  assert.equal(error.afterMs, 5_000)
  assert.ok(await rejection(race(failing(later('9s')), failing(new Error('lost connection')))) instanceof AggregateError)
})

test('an abort of the item reaches all, and is the failure', async () => {
  const controller = new AbortController()
  const signals: AbortSignal[] = []
  const reason = new Error('timeout')
  const running = rejection(race(endless(signals), endless(signals)), contextOf(controller.signal))
  controller.abort(reason)
  assert.equal(await running, reason)
  assert.deepEqual(signals.map(signal => signal.reason), [reason, reason])
})

test('an item aborted before the race is aborted for all', async () => {
  const reason = new Error('shutting down')
  const early = async (_item: number, { signal }: Context) => signal.throwIfAborted()
  assert.equal(await rejection(race(early, early), contextOf(AbortSignal.abort(reason))), reason)
})

test('each worker gets the context of the item, but for the signal', async () => {
  const context = contextOf()
  await race((_item: number, given) => {
    given.progress(1, 2)
    const { id, key, time, headers, origin, attempt, attempts, stage, shard, log } = given
    assert.deepEqual({ id, key, time, headers, origin, attempt, attempts, stage, shard }, {
      id: 'photos:0:7', key: 'k', time: new Date(0), headers: {}, origin: 'a.jpg', attempt: 2, attempts: 3, stage: 'blur', shard: undefined,
    })
    assert.equal(log, context.log)
    assert.notEqual(given.signal, context.signal)
  }, endless([]) as never)(1, context)
  assert.deepEqual(context.progressed, [[1, 2]])
})

test('after the race nothing listens to the signal of the item', async () => {
  const controller = new AbortController()
  const counts = { add: 0, remove: 0 }
  const { signal } = controller
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...given: Parameters<typeof add>) => { counts.add++; add(...given) }
  signal.removeEventListener = (...given: Parameters<typeof remove>) => { counts.remove++; remove(...given) }
  await race(async () => 1, async () => 2)(1, contextOf(signal))
  assert.deepEqual(counts, { add: 1, remove: 1 })
})

test('fewer than two workers, or what is none, are refused', () => {
  const call = race as (...workers: unknown[]) => unknown
  assert.equal(problem(refusalOf(() => call())), 'race(): has 0 workers; give at least two, or the one worker itself')
  assert.equal(problem(refusalOf(() => call(() => {}, 'x'))), "race(): worker 2 is 'x', but must be a function")
})

async function rejection(worker: (item: number, context: Context) => unknown, context: Context = contextOf()): Promise<unknown> {
  try {
    await worker(1, context)
  } catch (error) {
    return error
  }
  return assert.fail('nothing failed')
}

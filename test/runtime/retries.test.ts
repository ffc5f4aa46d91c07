// Retries, timeouts, tolerance and dead letters, in virtual time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PermanentError, RetryLater, jsonFile } from '../../src/index.ts'
import { runNumbers, sorted, upTo } from './running.ts'
import { World } from '../../src/testing/world.ts'
import { items, pipeline, count, sum } from '../../src/index.ts'

/** When each attempt of each number began, in virtual milliseconds. */
async function attemptTimes(work: (n: number, attempt: number) => void, options: object, values: readonly number[] = [0]): Promise<ReadonlyMap<number, readonly number[]>> {
  const world = new World({ seed: 5 })
  const times = new Map<number, number[]>()
  const retried = pipeline('test', flow => {
    flow.source('numbers', items(values)).work('work', (n, { attempt }) => {
      times.set(n, [...(times.get(n) ?? []), world.clock.monotonic()])
      work(n, attempt)
    }, options)
  })
  await world.until(world.client().run(retried))
  world.clock.stop()
  return times
}

function waits(times: readonly number[]): readonly number[] {
  return times.slice(1).map((time, index) => time - times[index]!)
}

function assertAbout(actual: number, expected: number): void {
  assert.ok(actual >= expected && actual <= expected + 500, `waited ${actual} ms, expected ${expected} to ${expected + 500}`)
}

test('waits double from attempt to attempt, up to their maximum', async () => {
  const times = await attemptTimes(() => { throw new Error('no') }, { attempts: 6, backoff: { delay: '1s', max: '5s', jitter: false } })
  const expected = [1_000, 2_000, 4_000, 5_000, 5_000]
  assert.equal(times.get(0)!.length, 6)
  waits(times.get(0)!).forEach((wait, index) => assertAbout(wait, expected[index]!))
})

test('jitter spreads waits over the upper half', async () => {
  const times = await attemptTimes((_, attempt) => { if (attempt === 1) throw new Error('no') }, { attempts: 2, backoff: { type: 'fixed', delay: '100s' } }, upTo(50))
  const all = [...times.values()].map(each => waits(each)[0]!)
  assert.ok(all.every(wait => wait >= 50_000 && wait <= 101_000))
  assert.ok(Math.max(...all) - Math.min(...all) > 20_000, 'all waited about the same')
})

test('hours of waiting take no time', async () => {
  const times = await attemptTimes(() => { throw new Error('no') }, { attempts: 4, backoff: { type: 'fixed', delay: '24h', max: '24h', jitter: false } })
  for (const wait of waits(times.get(0)!)) assertAbout(wait, 86_400_000)
})

test('RetryLater says when, and no item runs before its time though others of its chunk are due', async () => {
  const after = ['15m', '50m', '20m', '12m', '3s', '2h'] as const
  const times = await attemptTimes((n, attempt) => { if (attempt === 1) throw new RetryLater('later', { after: after[n]! }) }, {}, upTo(6))
  const expected = [900_000, 3_000_000, 1_200_000, 720_000, 3_000, 7_200_000]
  expected.forEach((wait, n) => assertAbout(waits(times.get(n)!)[0]!, wait))
})

test('a PermanentError is not tried again', async () => {
  let calls = 0
  const { failures } = await runNumbers([1], numbers => { numbers.work('work', () => { calls++; throw new PermanentError('never') }, { attempts: 9 }) })
  assert.equal(calls, 1)
  assert.deepEqual(failures.map(({ reason, attempts }) => [reason, attempts]), [['permanent', 1]])
})

test('attempts are numbered from 1, and the failure has the last error', async () => {
  const attempts: number[] = []
  const { failures } = await runNumbers([1], numbers => { numbers.work('work', (_, { attempt }) => { attempts.push(attempt); throw new Error(`attempt ${attempt}`) }, { attempts: 3 }) })
  assert.deepEqual(attempts, [1, 2, 3])
  assert.equal(failures[0]?.error.message, 'attempt 3')
  assert.equal(failures[0]?.reason, 'attempts')
})

test('attempts that were committed count after a crash too', async () => {
  for (let commit = 0; commit < 8; commit++) {
    const attempts: number[] = []
    const { failures } = await runNumbers([1], numbers => { numbers.work('work', (_, { attempt }) => { attempts.push(attempt); throw new Error('no') }, { attempts: 3 }) }, { crashAt: { commit, when: 'after' } })
    assert.deepEqual(failures.map(({ attempts: made }) => made), [3])
    assert.ok(attempts.length <= 4, `${attempts.length} calls with a crash after commit ${commit}`)
  }
})

test('a worker past its timeout is told through its signal, and its item is tried again', async () => {
  const reasons: unknown[] = []
  const { failures, elapsedMs } = await runNumbers([1], numbers => { numbers.work('work', n => n, { timeout: '10s', attempts: 2, backoff: { delay: '1s', jitter: false } }) }, {
    workers: { work: (_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => { reasons.push(signal.reason); reject(signal.reason) })) },
  })
  assert.equal(reasons.length, 2)
  assert.deepEqual(failures.map(({ reason }) => reason), ['timeout'])
  assert.ok(elapsedMs >= 21_000 && elapsedMs < 25_000, `${elapsedMs} ms`)
})

test('a worker that ignores its signal is given up on all the same', async () => {
  const { failures, outputs } = await runNumbers([1, 2], numbers => ({ out: numbers.work('work', n => n, { timeout: '1s', attempts: 1 }) }), {
    workers: { work: n => (n === 1 ? new Promise(() => {}) : n) },
  })
  assert.deepEqual(failures.map(({ item, reason }) => [item, reason]), [[1, 'timeout']])
  assert.deepEqual(outputs.out, [2])
})

test('a run stops when more items failed than its stage tolerates', async () => {
  const world = new World()
  const failing = pipeline('test', flow => {
    flow.source('numbers', items(upTo(5_000))).work('work', async n => {
      await new Promise<void>(resolve => world.clock.after(10, resolve))
      if (n % 2 === 0) throw new PermanentError('no')
    }, { tolerate: 10, concurrency: 1 })
  })
  const report = await world.until(world.client().run(failing))
  world.clock.stop()
  assert.equal(report.outcome, 'stopped')
  assert.match(report.reasons.join(), /failed in 'work', which tolerates 10/)
  assert.ok(report.stages['work']!.in < 100, `it went on until ${report.stages['work']!.in} items were done`)
})

test('a run of synchronous workers that goes wrong stops after few of many items', async () => {
  const world = new World()
  let calls = 0
  const failing = pipeline('test', flow => void flow.source('numbers', items(upTo(50_000))).work('work', () => {
    calls++
    throw new PermanentError('no')
  }, { tolerate: 10 }))
  const report = await world.until(world.client().run(failing))
  world.clock.stop()
  assert.equal(report.outcome, 'stopped')
  assert.ok(calls <= 4_000, `${calls} of 50,000 items were tried`)
})

test('what failed late is in the failed stream, in its sink and in its sums', async () => {
  const { outputs, written } = await runNumbers(upTo(20), numbers => {
    const { failed } = numbers.work('work', n => { if (n % 5 === 0) throw new Error('no') }, { attempts: 3, backoff: { delay: '10s' } })
    failed.to(jsonFile('never.json'), { name: 'failures' })
    return { count: failed.reduce('count', count()), sum: failed.reduce('sum', sum(({ item }) => item)) }
  })
  assert.deepEqual(outputs.count, [4])
  assert.deepEqual(outputs.sum, [30])
  assert.equal(written('failures').length, 4)
})

test('an operator that throws fails its item alone, with the stage that reads it', async () => {
  const { outputs, failures } = await runNumbers(upTo(5), numbers => ({ out: numbers.map(n => { if (n === 2) throw new Error('no map'); return n }).work('work', n => n) }))
  assert.deepEqual(sorted(outputs.out), [0, 1, 3, 4])
  assert.deepEqual(failures.map(({ item, stage }) => [item, stage]), [[2, 'work']])
})

test('retries do not stand in the way of new work', async () => {
  const order: string[] = []
  await runNumbers(upTo(3_000), numbers => {
    numbers.work('work', async (n, { attempt }) => {
      order.push(attempt > 1 ? 'retry' : 'new')
      if (attempt === 1 && n < 1_000) throw new RetryLater('soon', { after: '1ms' })
    }, { concurrency: 1 })
  })
  const early = order.slice(1_000, 2_000)
  assert.ok(early.filter(each => each === 'new').length >= early.filter(each => each === 'retry').length, 'retries come before new work')
})

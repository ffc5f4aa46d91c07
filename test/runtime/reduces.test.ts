// Sums, keyed and not: the same in any order and across crashes, and put right after a redrive.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PermanentError, count, items, limit, pipeline, sum, topic } from '../../src/index.ts'
import { withMethods } from '../../src/runtime/noted-log.ts'
import { World } from '../../src/testing/world.ts'
import { listOf, runNumbers, upTo } from './running.ts'

const total = upTo(1_000).reduce((a, b) => a + b / 10, 0)

test('a sum over all is given once, and is the same in any order', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { outputs } = await runNumbers(upTo(1_000), numbers => ({ sum: numbers.work('tenth', n => n / 10).reduce('sum', sum(n => n)) }), { faults: ['reorder', 'delay'], seed })
    assert.equal(outputs.sum.length, 1)
    assert.ok(Math.abs(outputs.sum[0]! - total) < 1e-6)
  }
})

test('a sum of nothing is the sum of nothing', async () => {
  const { outputs } = await runNumbers([], numbers => ({ sum: numbers.reduce('sum', sum(n => n)), counts: numbers.keyBy(n => n).reduce('counts', count()) }))
  assert.deepEqual(outputs.sum, [0])
  assert.deepEqual(outputs.counts, [])
})

test('a table has one entry a key', async () => {
  const { outputs } = await runNumbers(upTo(2_500), numbers => ({ counts: numbers.keyBy(n => `key ${n % 1_200}`).reduce('counts', count()) }))
  assert.equal(outputs.counts.length, 1_200)
  for (const { key, value } of outputs.counts) assert.equal(value, Number(key.slice(4)) < 100 ? 3 : 2)
})

test('keys that are numbers and texts stay apart', async () => {
  const { outputs } = await runNumbers(upTo(10), numbers => ({ counts: numbers.keyBy((n): string | number => (n % 2 === 0 ? 1 : '1')).reduce('counts', count()) }))
  assert.deepEqual(new Map<string | number, number>(outputs.counts.map(({ key, value }) => [key, value])), new Map<string | number, number>([['1', 5], [1, 5]]))
})

test('a crash at any commit leaves sums as they would have been', async () => {
  const build = (numbers: Parameters<Parameters<typeof runNumbers>[1]>[0]) => ({
    sum: numbers.reduce('sum', sum(n => n)),
    counts: numbers.work('work', n => n).keyBy(n => n % 3).reduce('counts', count()),
  })
  const clean = await runNumbers(upTo(30), build)
  const { commits } = clean.world.faults
  for (let commit = 0; commit < commits; commit++) {
    for (const when of ['before', 'after'] as const) {
      const { outputs, report } = await runNumbers(upTo(30), build, { crashAt: { commit, when } })
      assert.deepEqual(outputs, clean.outputs, `${when} commit ${commit}`)
      assert.equal(report.balanced, true)
    }
  }
})

test('a crash at any commit loses no result that is given on every so often', async () => {
  const build = (numbers: Parameters<Parameters<typeof runNumbers>[1]>[0]) => ({
    sum: numbers.work('work', n => n, { limit: limit('slow', { perSecond: 20 }) }).reduce('sum', sum(n => n), { emit: { every: '1s' } }),
  })
  const { commits } = (await runNumbers(upTo(30), build)).world.faults
  for (let commit = 0; commit < commits; commit++) {
    for (const when of ['before', 'after'] as const) {
      const { outputs } = await runNumbers(upTo(30), build, { crashAt: { commit, when } })
      assert.equal(outputs.sum.at(-1), 435, `${when} commit ${commit}`)
    }
  }
})

test('while a stream goes on, a changed result is given when it is due though nothing more comes, also by the process after the one that owed it', async () => {
  const world = new World()
  const readings = topic<number>('readings')
  const seen: number[] = []
  const summing = pipeline('test', flow => {
    flow.source(readings).reduce('sum', sum(n => n), { emit: { every: '1m' } }).work('note', value => { seen.push(value) })
  })
  const process = world.process()
  const running = await world.until(world.client(process).start(summing))
  const publish = async (value: number) => {
    await world.until(world.client().publish(readings, value))
    await world.sleep(10_000)
  }
  await publish(1)
  assert.deepEqual(seen, [1])
  await publish(2)
  await publish(3)
  assert.deepEqual(seen, [1])
  await world.sleep(60_000)
  assert.deepEqual(seen, [1, 6])
  await publish(4)
  process.crash()
  running.finished.catch(() => {})
  const again = await world.until(world.client().start(summing))
  await world.sleep(60_000)
  assert.deepEqual(seen, [1, 6, 10])
  await world.until(again.stop())
  world.clock.stop()
})

test('after a redrive of a complete run the sum is put right', async () => {
  const world = new World()
  const client = world.client()
  let isMended = false
  const summed = pipeline('test', flow => {
    const worked = flow.source('numbers', items(upTo(10))).work('work', n => { if (n === 4 && !isMended) throw new PermanentError('no') })
    return { sum: worked.reduce('sum', sum(n => n)), counts: worked.keyBy(n => n % 2).reduce('counts', count()) }
  })
  const first = await world.until(client.run(summed))
  assert.deepEqual(await listOf(first.read('sum')), [41])
  isMended = true
  assert.deepEqual(await world.until(client.redrive('work')), { redriven: 1 })
  const second = await world.until(client.run(summed))
  assert.equal(second.id, first.id)
  assert.equal(second.outcome, 'completed')
  assert.equal((await listOf(second.read('sum'))).at(-1), 45)
  const counts = new Map((await listOf(second.read('counts'))).map(({ key, value }) => [key, value]))
  assert.deepEqual(counts, new Map([[0, 5], [1, 5]]))
  assert.equal(second.balanced, true)
  world.clock.stop()
})

test('a reducer that throws fails its item alone', async () => {
  const picky = { ...sum<number>(n => n), add: (a: never, n: number, meta: never) => { if (n === 3) throw new Error('no 3'); return sum<number>(each => each).add(a, n, meta) } }
  const { outputs, failures } = await runNumbers(upTo(6), numbers => ({ sum: numbers.reduce('sum', picky as ReturnType<typeof sum<number>>) }))
  assert.deepEqual(outputs.sum, [12])
  assert.deepEqual(failures.map(({ item, stage }) => [item, stage]), [[3, 'sum']])
})

test('a reduce that is closed while it reads its sum commits no sum without its progress', async () => {
  const world = new World()
  const summing = pipeline('test', flow => ({
    sum: flow.source('numbers', items(upTo(5))).filter(n => n > 0).reduce('sum', sum(n => n), { emit: { every: '1s' } }),
  }))
  const { log, clock } = world.process()
  const [asked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const client = world.client({
    clock,
    log: withMethods(log, {
      get: async (store, keys) => {
        const found = await log.get(store, keys)
        if (!store.includes('/sums/')) return found
        asked.resolve()
        await released.promise
        return found
      },
      // What the filter dropped is committed as the stage is closed; meanwhile the sum is read.
      commit: async given => {
        const appended = await log.commit(given)
        if (given.progress.length > 0 || given.state.some(({ store }) => store.includes('/positions/'))) {
          released.resolve()
          await new Promise<void>(resolve => clock.after(10, resolve))
        }
        return appended
      },
    }),
  })
  const running = await world.until(client.begin(summing, {}, false))
  await world.until(asked.promise)
  assert.equal((await world.until(running.stop({ grace: '1ms' }))).outcome, 'stopped')
  const report = await world.until(world.client().run(summing))
  assert.equal(report.outcome, 'completed')
  assert.equal((await listOf(report.read('sum'))).at(-1), 10)
  world.clock.stop()
})

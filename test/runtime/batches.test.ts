// Batches: by count, by size, by time, by key; the same after any crash, and nothing of them lost or twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { items, limit, topic } from '../../src/index.ts'
import { simulate } from '../../src/testing/simulate.ts'
import { overNumbers, runNumbers, upTo, worldWithClient } from './running.ts'

type Numbers = Parameters<Parameters<typeof runNumbers>[1]>[0]

test('items gather until there are enough, and the last batch is what is left', async () => {
  const { outputs, report } = await runNumbers(upTo(25), numbers => ({ batches: numbers.batch('tens', { count: 10 }) }))
  assert.deepEqual(outputs.batches, [upTo(10), upTo(20).slice(10), upTo(25).slice(20)])
  assert.equal(report.balanced, true)
  assert.deepEqual([report.stages['tens']!.in, report.stages['tens']!.out], [25, 3])
})

test('items gather until they are large enough', async () => {
  const { outputs } = await runNumbers(upTo(10), numbers => ({ batches: numbers.map(() => 'x'.repeat(398)).batch('kilobytes', { size: '1KB' }) }))
  assert.deepEqual(outputs.batches.map(batch => batch.length), [3, 3, 3, 1])
})

test('each key has its own batch', async () => {
  const { outputs } = await runNumbers(upTo(9), numbers => ({ batches: numbers.keyBy(n => n % 2).batch('pairs', { count: 2 }) }))
  assert.deepEqual(outputs.batches, [
    { key: 0, value: [0, 2] }, { key: 1, value: [1, 3] }, { key: 0, value: [4, 6] }, { key: 1, value: [5, 7] }, { key: 0, value: [8] },
  ])
})

test('no item makes no batch', async () => {
  const { outputs } = await runNumbers([], numbers => ({ batches: numbers.batch('tens', { count: 10 }) }))
  assert.deepEqual(outputs.batches, [])
})

test('a batch is one item to the stages behind it', async () => {
  const { outputs } = await runNumbers(upTo(100), numbers => ({ sums: numbers.batch('tens', { count: 10 }).work('sum', batch => batch.reduce((a, b) => a + b, 0)) }))
  assert.deepEqual(outputs.sums.toSorted((a, b) => a - b), upTo(10).map(ten => 45 + ten * 100))
})

test('a crash at any commit leaves each item in one batch', async () => {
  const build = (numbers: Numbers) => ({ batches: numbers.work('pass', n => n).keyBy(n => n % 3).batch('threes', { count: 4, within: '1h' }) })
  const clean = await runNumbers(upTo(30), build)
  for (let commit = 0; commit < clean.world.faults.commits; commit++) {
    for (const when of ['before', 'after'] as const) {
      const { outputs, report } = await runNumbers(upTo(30), build, { crashAt: { commit, when } })
      const gathered = outputs.batches.flatMap(({ value }) => value)
      assert.deepEqual(gathered.toSorted((a, b) => a - b), upTo(30), `${when} commit ${commit}`)
      assert.ok(outputs.batches.every(({ key, value }) => value.every(n => n % 3 === key)), `${when} commit ${commit}`)
      assert.equal(report.balanced, true)
    }
  }
})

test('a batch of items of several chunks is committed with all of them', async () => {
  const gathering = overNumbers((numbers, flow) => {
    const others = [1, 2, 3].map(n => flow.source(`source ${n}`, items(upTo(10).map(each => each + 100 * n))).work(`work ${n}`, each => each))
    return { batches: flow.merge('all', [numbers, ...others]).batch('many', { count: 16 }) }
  }, upTo(10))
  const expected = [0, 100, 200, 300].flatMap(base => upTo(10).map(n => base + n))
  const clean = await simulate(gathering)
  for (let commit = 0; commit < clean.world.faults.commits; commit++) {
    for (const when of ['before', 'after'] as const) {
      const { outputs } = await simulate(gathering, { crashAt: { commit, when } })
      assert.deepEqual(outputs.batches.flat().toSorted((a, b) => a - b), expected, `${when} commit ${commit}`)
    }
  }
})

test('a crash at any commit leaves the parts of an item, which gather in several batches, in one batch each', async () => {
  const build = (numbers: Numbers) => ({ batches: numbers.work('pass', n => n, { limit: limit('slow', { perSecond: 2 }) }).flatMap(n => [3 * n, 3 * n + 1, 3 * n + 2]).batch('fours', { count: 4 }) })
  const clean = await runNumbers(upTo(10), build)
  for (let commit = 0; commit < clean.world.faults.commits; commit++) {
    for (const when of ['before', 'after'] as const) {
      const { outputs, report } = await runNumbers(upTo(10), build, { crashAt: { commit, when } })
      assert.deepEqual(outputs.batches.flat().toSorted((a, b) => a - b), upTo(30), `${when} commit ${commit}`)
      assert.equal(report.balanced, true)
    }
  }
})

test('while a stream goes on, a batch closes when its time is over, and a restart does not prolong it', async () => {
  const { world } = worldWithClient()
  const readings = topic<number>('readings')
  const closed: { readonly at: number; readonly values: readonly number[] }[] = []
  const gathering = overNumbers((_, flow) => {
    flow.source(readings).batch('hours', { within: '1h', count: 1_000 }).work('note', values => { closed.push({ at: world.clock.now(), values }) })
  })
  const start = world.clock.now()
  const process = world.process()
  const running = await world.until(world.client(process).start(gathering))
  await world.until(world.client().publish(readings, 1))
  await world.sleep(40 * 60_000)
  process.crash()
  running.finished.catch(() => {})

  const again = await world.until(world.client().start(gathering))
  await world.until(world.client().publish(readings, 2))
  await world.sleep(19 * 60_000)
  assert.equal(closed.length, 0)
  await world.sleep(2 * 60_000)
  assert.deepEqual(closed.map(({ values }) => values), [[1, 2]])
  assert.ok(Math.abs(closed[0]!.at - start - 3_600_000) < 5_000)
  await world.until(again.stop())
})

test('a batch behind a paused stage does not keep the run from saying why it stands still', async () => {
  const { world, client } = worldWithClient()
  const paused = overNumbers((numbers, flow) => {
    const shards = { a: { paused: true }, b: {} }
    flow.merge('all', [numbers.shard('halves', { by: n => n, shards }).work('pass', n => n), flow.source('more', items([1, 2, 3]))]).batch('tens', { count: 10 }).work('sum', batch => batch.length)
  }, upTo(20))
  const report = await world.until(client.run(paused))
  assert.equal(report.outcome, 'stopped')
  assert.match(report.reasons.join(), /shard 'a'/)
})

// Topics as sources and sinks, ids and duplicates, schemas where items enter.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SchemaError, items, pipeline, topic, type Schema } from '../../src/index.ts'
import type { Commit } from '../../src/log.ts'
import { given } from '../../src/testing/index.ts'
import { simulate } from '../../src/testing/simulate.ts'
import { World } from '../../src/testing/world.ts'
import { listOf, sorted, upTo } from './running.ts'

interface Order {
  readonly id: number
  readonly customer: string
}

const order = (id: number): Order => ({ id, customer: `customer ${id % 3}` })

test('a duplicate id is dropped where it enters, and counted', async () => {
  const { outputs, report } = await simulate(pipeline('test', flow => ({
    out: flow.source('orders', items<Order>([]), { id: ({ id }) => id }).work('work', ({ id }) => id),
  })), { given: [given('orders', [1, 2, 1, 3, 2, 1].map(order))] })
  assert.deepEqual(sorted(outputs.out), [1, 2, 3])
  const { duplicates, out } = report.stages['orders']!
  assert.deepEqual({ duplicates, out }, { duplicates: 3, out: 3 })
  assert.equal(report.balanced, true)
})

test('a crash at any commit leaves the count of duplicates right', async () => {
  const orders = pipeline('test', flow => ({ out: flow.source('orders', items<Order>([]), { id: ({ id }) => id }).work('work', ({ id }) => id) }))
  const options = { given: [given('orders', [1, 2, 1, 3, 2, 1].map(order))] }
  const { commits } = (await simulate(orders, options)).world.faults
  for (let commit = 0; commit < commits; commit++) {
    for (const when of ['before', 'after'] as const) {
      const { report, crashes } = await simulate(orders, { ...options, crashAt: { commit, when } })
      const { duplicates, out, in: read } = report.stages['orders']!
      assert.deepEqual({ crashes, duplicates, out, read, balanced: report.balanced }, { crashes: 1, duplicates: 3, out: 3, read: 6, balanced: true }, `${when} commit ${commit}`)
    }
  }
})

test('what was published with an id comes once, whatever goes wrong', async () => {
  const orders = topic<Order>('orders', { id: ({ id }) => id })
  for (let seed = 1; seed <= 10; seed++) {
    const { outputs } = await simulate(pipeline('test', flow => ({ out: flow.source(orders).work('work', ({ id }) => id) })), {
      given: [given(orders, [...upTo(40), ...upTo(20)].map(order))], faults: 'all', seed,
    })
    assert.deepEqual(sorted(outputs.out), upTo(40))
  }
})

test('what does not fit the schema of a topic is refused where it is published', async () => {
  const positive = topic<number>('positive', { schema: { '~standard': { version: 1, vendor: 'test', validate: value => (Number(value) > 0 ? { value } : { issues: [{ message: 'not positive' }] }) } } })
  const reading = pipeline('test', flow => { flow.source(positive).work('work', n => n) })
  await assert.rejects(simulate(reading, { given: [given(positive, [1, -1])] }), SchemaError)
})

test('what does not fit the schema of a source is a dead letter with the reason', async () => {
  const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => (typeof value === 'number' ? { value: value * 10 } : { issues: [{ message: 'no number', path: ['n'] }] }) } }
  const { outputs, failures } = await simulate(pipeline('test', flow => ({ out: flow.source('mixed', items<unknown>([]), { schema: schema as Schema<any, number> }).work('work', n => n) })), { given: [given('mixed', [1, 'two', 3])] })
  assert.deepEqual(outputs.out, [10, 30])
  assert.deepEqual(failures.map(({ item, reason, error }) => [item, reason, error.name]), [['two', 'schema', 'SchemaError']])
})

test('one pipeline writes a topic, another reads it, each run only what is new', async () => {
  const world = new World()
  const client = world.client()
  const numbers = topic<number>('numbers')
  const writing = (values: readonly number[], run: string) => pipeline(`writing ${run}`, flow => { flow.source('source', items(values)).to(numbers) })
  const reading = pipeline('reading', flow => ({ out: flow.source(numbers).work('work', n => n) }))
  await world.until(client.run(writing([1, 2], 'first')))
  assert.deepEqual(sorted(await listOf((await world.until(client.run(reading))).read('out'))), [1, 2])
  await world.until(client.run(writing([3, 4], 'second')))
  assert.deepEqual(sorted(await listOf((await world.until(client.run(reading))).read('out'))), [3, 4])
  world.clock.stop()
})

test('a run takes of a topic what was there when it began, and the next one what was published meanwhile', async () => {
  const numbers = topic<number>('numbers')
  const publishedSince: Promise<unknown>[] = []
  const isBeginning = ({ state }: Commit) => publishedSince.length === 0 && state.some(({ store }) => store.endsWith('/until'))
  const nothing = () => {}
  const world = new World({ observer: {
    created: nothing, deleted: nothing, appended: nothing, trimmed: nothing, epochGiven: nothing,
    committed: commit => { if (isBeginning(commit)) publishedSince.push(publisher.publish(numbers, 3)) },
  } })
  const publisher = world.client()
  const reading = pipeline('reading', flow => ({ out: flow.source(numbers).work('work', n => n) }))
  await world.until(publisher.publishAll(numbers, [1, 2]))
  const first = await world.until(world.client().run(reading))
  assert.equal(publishedSince.length, 1)
  assert.deepEqual([sorted(await listOf(first.read('out'))), first.outcome], [[1, 2], 'completed'])
  assert.deepEqual(await listOf((await world.until(world.client().run(reading))).read('out')), [3])
  world.clock.stop()
})

test('a merge of topics and a source has all of them, and priorities are kept apart', async () => {
  const [one, two] = [topic<number>('one'), topic<number>('two')]
  const { outputs, report } = await simulate(pipeline('test', flow => ({ out: flow.merge('all', [flow.source(one), flow.source(two), flow.source('source', items<number>([]))]).work('work', n => n) })), {
    given: [given(one, [1, 2]), given('two', [3]), given('source', [4, 5])], faults: ['reorder'],
  })
  assert.deepEqual(sorted(outputs.out), [1, 2, 3, 4, 5])
  assert.equal(report.balanced, true)
})

test('items written to a topic carry its key and its time', async () => {
  const timed = topic<Order>('timed', { key: ({ customer }) => customer, time: ({ id }) => new Date(id * 1_000) })
  const world = new World()
  const client = world.client()
  const seen: unknown[] = []
  await world.until(client.run(pipeline('writing', flow => { flow.source('orders', items([order(1), order(2)])).to(timed) })))
  await world.until(client.run(pipeline('reading', flow => { flow.source(timed).work('work', (_, { key, time }) => { seen.push([key, time.getTime()]) }) })))
  world.clock.stop()
  assert.deepEqual(seen, [['customer 1', 1_000], ['customer 2', 2_000]])
})

test('a run that never ends takes items as they come', async () => {
  const world = new World()
  const client = world.client()
  const live = topic<number>('live')
  const seen: number[] = []
  await client.publish(live, 1)
  const running = await world.until(client.start(pipeline('live', flow => { flow.source(live).work('work', n => { seen.push(n) }) })))
  await world.sleep(1_000)
  await world.until(client.publishAll(live, [2, 3]))
  await world.sleep(1_000)
  assert.deepEqual(sorted(seen), [1, 2, 3])
  assert.equal((await world.until(running.stop())).outcome, 'stopped')
  const again = await world.until(client.start(pipeline('live', flow => { flow.source(live).work('work', n => { seen.push(n) }) })))
  await world.until(client.publish(live, 4))
  await world.sleep(1_000)
  await world.until(again.stop())
  assert.deepEqual(sorted(seen), [1, 2, 3, 4])
  world.clock.stop()
})

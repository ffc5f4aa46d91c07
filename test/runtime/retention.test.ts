import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { clientOn } from '../../src/client/client.ts'
import { openEmbedded } from '../../src/logs/embedded/embedded-log.ts'
import { realClock } from '../../src/client/real-clock.ts'
import { pipeline } from '../../src/pipeline/pipeline.ts'
import { topic } from '../../src/pipeline/topic.ts'
import { items } from '../../src/sources/items.ts'
import { Retention } from '../../src/runtime/retention.ts'
import { keepingSubscription } from '../../src/runtime/names.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'batchwork-retention-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const count = 20_000

/** Runs one pipeline over a topic, then another, and gives how many items each saw. */
async function readTwice(t: TestContext, keepFor: 'always' | undefined): Promise<readonly number[]> {
  const numbers = topic<number>('numbers', { keepFor })
  const log = await openEmbedded(folder(t))
  await using client = clientOn(log)
  await client.publishAll(numbers, Array.from({ length: count }, (_, number) => number))
  const seen: number[] = []
  for (const name of ['first', 'second']) {
    let items = 0
    await client.run(pipeline(name, flow => void flow.source(numbers).work(`${name} work`, () => void items++)))
    seen.push(items)
  }
  return seen
}

test("a topic kept for 'always' is there for a pipeline that comes later", async t => {
  assert.deepEqual(await readTwice(t, 'always'), [count, count])
})

test('a topic without keepFor goes when its readers are done', async t => {
  const [first, second] = await readTwice(t, undefined)
  assert.equal(first, count)
  assert.ok(second! < count, `${second} of ${count} items were still there`)
})

test('what is older than keepFor may go, what is younger stays', async t => {
  const log = await openEmbedded(folder(t))
  t.after(() => log.close())
  await log.createTopics([{ name: 'kept', partitions: 1, subscriptions: ['reader', keepingSubscription('kept')] }])
  await log.append({ topic: 'kept', partition: 0, chunk: { count: 1, columns: '{}', values: '[1]' } })
  let epoch = 0
  await log.join('group', ['kept'], { assigned: (_, given) => (epoch = given), revoked: () => {} })
  const passed: (() => void)[] = []
  const later = (shiftMs: number) => ({ ...realClock, now: () => Date.now() + shiftMs, after: (_: number, callback: () => void) => ({ cancel: () => {}, at: passed.push(callback) }) })
  const markAfter = async (shiftMs: number) => {
    passed.length = 0
    const moved = Promise.withResolvers<void>()
    const retention = new Retention(() => ({ log: new Proxy(log, { get: (target, name) => (name === 'topics' ? async () => target.topics().finally(() => setImmediate(moved.resolve)) : Reflect.get(target, name).bind(target)) }), epoch }), later(shiftMs), [{ topic: 'kept', forMs: 60_000 }])
    retention.start(error => moved.reject(error))
    passed.pop()!()
    await moved.promise
    for (let turn = 0; turn < 100 && passed.length === 0; turn++) await new Promise<void>(resolve => setTimeout(resolve, 5))
    return (await log.progress(keepingSubscription('kept')))[0]?.mark
  }
  assert.equal(await markAfter(0), 0)
  assert.equal(await markAfter(120_000), 1)
})

test('options that are not there yet are refused, not ignored', async t => {
  const log = await openEmbedded(folder(t))
  await using client = clientOn(log)
  for (const option of [{ undo: () => {} }, { hours: '22:00-06:00' }, { cpu: 2 }]) {
    const refused = pipeline('refused', flow => void flow.source('numbers', items([1])).work('work', number => number, option))
    await assert.rejects(client.run(refused), { name: 'PlanError', message: new RegExp(`'${Object.keys(option)[0]}' is not there yet`) })
  }
})

test('what waits for the end is refused where there is none', async t => {
  const log = await openEmbedded(folder(t))
  await using client = clientOn(log)
  const gated = pipeline('gated', flow => void flow.source('numbers', items([1])).barrier('all').work('work', number => number))
  await assert.rejects(client.start(gated), { name: 'PlanError', message: /barrier 'all' waits until all before it is done, and a pipeline that is started never is/ })
  const summed = pipeline('summed', flow => void flow.source('numbers', items([1])).reduce('total', { create: () => 0, add: (a, b) => a + b, merge: (a, b) => a + b, extract: a => a }, { emit: 'at-end' }))
  await assert.rejects(client.start(summed), { name: 'PlanError', message: /'total' gives its result at the end/ })
})

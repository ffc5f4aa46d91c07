// Results that cannot be stored fail their own item; the others of the same commit go on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { items, jsonFile, topic, type Stream } from '../../src/index.ts'
import { given } from '../../src/testing/index.ts'
import { overNumbers, runNumbers, sorted, upTo } from './running.ts'
import { simulate } from '../../src/testing/simulate.ts'

class Money { readonly amount = 1 }

const failing: Readonly<Record<string, (numbers: Stream<number>) => Stream<unknown>>> = {
  'an instance of a class from a worker': numbers => numbers.work('work', n => (n === 7 ? new Money() : n)),
  'a function from a worker': numbers => numbers.work('work', n => (n === 7 ? { call: () => n } : n)),
  'a value nested too deeply': numbers => numbers.work('work', n => (n === 7 ? nested(300) : n)),
  'a cyclic value': numbers => numbers.work('work', n => (n === 7 ? cyclic() : n)),
  'a shard function that throws': numbers => numbers.shard('work', { by: n => shardOf(n), shards: 2 }),
  'a priority function that throws': numbers => numbers.work('pass', n => n, { priority: n => { shardOf(n); return 'high' } }),
}

for (const [what, build] of Object.entries(failing)) {
  test(`${what} is one dead letter`, async () => {
    const { outputs, failures, report } = await runNumbers(upTo(30), numbers => ({ results: build(numbers) }))
    assert.deepEqual(sorted(outputs.results as readonly number[]), upTo(30).filter(n => n !== 7))
    assert.deepEqual(failures.map(({ item, reason, attempts }) => ({ item, reason, attempts })), [{ item: 7, reason: 'permanent', attempts: 1 }])
    assert.match(failures[0]!.error.message, /its result cannot be stored/)
    assert.deepEqual([report.balanced, report.outcome], [true, 'completed-with-failures'])
  })
}

test('an id or key of a topic that cannot be told fails the item that was to be written', async () => {
  const written = topic<{ readonly name?: string }>('written', { id: ({ name }) => name!.toLowerCase() })
  const writing = overNumbers(numbers => { numbers.map(n => (n === 3 ? {} : { name: `N${n}` })).to(written) })
  const simulated = await simulate(writing, { given: [given('numbers', upTo(6))] })
  assert.equal(simulated.written(written).length, 5)
  assert.deepEqual(simulated.failures.map(({ item, stage }) => ({ item, stage })), [{ item: {}, stage: 'written' }])
})

test('what cannot be stored even as a dead letter is told of by a text', async () => {
  const { failures, report } = await runNumbers(upTo(3), numbers => { numbers.map(n => (n === 1 ? new Money() : n)).work('never', () => { throw new Error('no') }, { attempts: 1 }) })
  assert.deepEqual(failures.map(({ item }) => item).filter(item => typeof item === 'string').length, 1)
  assert.match(String(failures.map(({ item }) => item).find(item => typeof item === 'string')), /^not stored: .*Money|amount/)
  assert.equal(report.balanced, true)
})

test('items that are large together are stored in several chunks', async () => {
  const { outputs, world } = await runNumbers(upTo(12), numbers => ({ texts: numbers.work('grow', n => String(n % 10).repeat(300_000)) }))
  assert.deepEqual(outputs.texts.map(text => Number(text[0])).toSorted((a, b) => a - b), upTo(12).map(n => n % 10).toSorted((a, b) => a - b))
  const { log } = world.bystander()
  const grown = (await log.topics()).find(({ name }) => name.endsWith('/grow'))!
  const chunks = await log.read({ topic: grown.name, partition: 0 }, 0, { chunks: 100, bytes: 1e9 })
  assert.ok(chunks.every(({ values }) => values.length <= 1_000_000))
})

test('a sink never sees what could not be stored', async () => {
  const pipelineOf = overNumbers((numbers, flow) => {
    flow.merge('both', [numbers, flow.source('more', items([100]))]).work('work', n => (n === 2 ? new Money() : n)).to(jsonFile('never.json'), { name: 'file' })
  })
  const { written, failures } = await simulate(pipelineOf, { given: [given('numbers', upTo(5)), given('more', [100])] })
  assert.deepEqual(sorted(written('file') as readonly number[]), [0, 1, 3, 4, 100])
  assert.equal(failures.length, 1)
})

function shardOf(n: number): number {
  if (n === 7) throw new Error('no shard')
  return n
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)]
}

function cyclic(): object {
  const ring: { self?: object } = {}
  ring.self = ring
  return ring
}

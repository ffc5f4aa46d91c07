import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildGraph } from '../../src/pipeline/build.ts'
import type { Flow } from '../../src/pipeline/flow.ts'
import { limit } from '../../src/pipeline/limit.ts'
import { pipeline } from '../../src/pipeline/pipeline.ts'
import { topic } from '../../src/pipeline/topic.ts'
import { items } from '../../src/sources/items.ts'
import type { Dividing } from '../../src/plan/dividing.ts'
import { planOf } from '../../src/plan/planner.ts'
import { count } from '../../src/reducers/count.ts'
import { listed } from '../pipeline/building.ts'
import { namesIn, pass, sinkCalled, stageIn, topicIn } from './planning.ts'

const orders = topic<{ customer: string }>('orders')
const keyed = topic<{ customer: string }>('keyed orders', { key: order => order.customer })

function divided(build: (flow: Flow) => void, dividing: Dividing = { parts: 4 }) {
  return planOf(buildGraph(pipeline('divided', build)), { dividing })
}

void test('work is divided into lanes, and what it reads is spread over as many partitions', () => {
  const plan = divided(flow => void flow.source('numbers', listed([1])).work('double', pass).work('halve', pass).to(sinkCalled('out')))
  assert.deepEqual(namesIn(plan), ['numbers', 'double', 'halve', 'out'])
  assert.deepEqual(['numbers', 'double', 'halve', 'out'].map(name => stageIn(plan, name).lanes), [1, 4, 4, 1])
  assert.deepEqual([topicIn(plan, 'numbers')!.shards, topicIn(plan, 'double')!.shards, topicIn(plan, 'halve')!.shards], [4, 4, 1])
})

void test('a source that only a sink or a reduce reads is not stored for it', () => {
  const plan = divided(flow => void flow.source('numbers', listed([1])).reduce('count', count()))
  assert.deepEqual(namesIn(plan), ['count'])
})

void test('what is reduced by key, or limited by key, is laid out by key first and divided', () => {
  const plan = divided(flow => {
    const customers = flow.source(orders).work('look', pass).keyBy(({ customer }: { customer: string }) => customer)
    customers.reduce('orders of each', count())
    customers.work('bill', pass, { perKey: { concurrency: 1 } })
  })
  assert.deepEqual(namesIn(plan), ['look', 'orders of each by key', 'orders of each', 'bill by key', 'bill'])
  assert.deepEqual(plan.stages.map(({ lanes }) => lanes), [4, 4, 4, 4, 4])
  for (const name of ['orders of each', 'bill']) {
    assert.equal(topicIn(plan, `${name} by key`)!.shards, 4)
    assert.deepEqual(stageIn(plan, `${name} by key`).inputs[0]!.operators.map(({ kind }) => kind), ['key'])
    assert.deepEqual(stageIn(plan, name).inputs.map(({ name: input, operators }) => [input, operators.length]), [[`${name} by key`, 0]])
  }
})

void test('one sum of everything stays in one lane', () => {
  const plan = divided(flow => void flow.source(orders).reduce('orders in all', count()))
  assert.deepEqual(plan.stages.map(({ name, lanes }) => [name, lanes]), [['orders in all', 1]])
})

void test('what asks for an order, or for a limit by name, stays whole', () => {
  const mail = limit('mail', { concurrency: 2 })
  const plan = divided(flow => {
    const numbers = flow.source('numbers', listed([1]))
    numbers.keyBy(() => 'a').work('ordered', pass, { ordered: true })
    numbers.work('limited', pass, { limit: mail })
  })
  assert.deepEqual(['ordered', 'limited'].map(name => stageIn(plan, name).lanes), [1, 1])
  assert.equal(topicIn(plan, 'numbers')!.shards, 1)
})

void test('shards stay as they are', () => {
  const plan = divided(flow => void flow.source('numbers', listed([1])).shard('shards', { by: number => number, shards: 3 }).work('work', pass))
  assert.equal(stageIn(plan, 'work').lanes, 3)
})

void test("a user's topic keeps the parts it has; a new one gets as many as work is divided into", () => {
  const build = (flow: Flow) => void flow.source(orders).work('look', pass)
  assert.deepEqual([topicIn(divided(build), 'orders')!.shards, stageIn(divided(build), 'look').lanes], [4, 4])
  const plan = divided(build, { parts: 4, shardsOf: name => (name === 'orders' ? 2 : undefined) })
  assert.deepEqual([topicIn(plan, 'orders')!.shards, stageIn(plan, 'look').lanes], [2, 2])
})

void test('an ordered stage may read a topic of several parts only if the topic has a key', () => {
  const ordered = (from: typeof orders) => (flow: Flow) => void flow.source(from).keyBy(({ customer }) => customer).work('bill', pass, { ordered: true })
  assert.throws(() => divided(ordered(orders)), /'bill' is ordered and reads topic 'orders', which has 4 parts: give the topic a key/)
  assert.doesNotThrow(() => divided(ordered(keyed)))
  assert.doesNotThrow(() => divided(ordered(orders), { parts: 4, shardsOf: () => 1 }))
})

void test('nothing is divided where no engine asks for it', () => {
  const plan = planOf(buildGraph(pipeline('whole', flow => void flow.source('numbers', listed([1])).work('double', pass))))
  assert.deepEqual(namesIn(plan), ['double'])
  assert.equal(stageIn(plan, 'double').lanes, 1)
})

test('topics of the user are arrays where others may read them, and those of a run as short as can be', () => {
  const orders = topic<number>('orders')
  const plan = divided(flow => flow.source('numbers', items([1, 2])).work('double', number => number * 2).work('again', number => number).to(orders))
  assert.deepEqual(plan.topics.filter(({ name }) => ['double', 'orders'].includes(name)).map(({ name, layout }) => [name, layout]), [['double', 'dense'], ['orders', 'rows']])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inChunks } from '../../src/pipeline/chunk-worker.ts'
import { limit } from '../../src/pipeline/limit.ts'
import { topic } from '../../src/pipeline/topic.ts'
import { tumbling } from '../../src/pipeline/window.ts'
import { count } from '../../src/reducers/count.ts'
import { listed, problem } from '../pipeline/building.ts'
import { pass, planned, refusedPlan } from './planning.ts'

const place = /^test\/plan\/validation\.test\.ts:\d+:\d+$/

test('two stages of one name are refused, whatever they are, with the places of both', () => {
  const twice: readonly ((numbers: any, flow: any) => void)[] = [
    numbers => { numbers.work('same', pass); numbers.work('same', pass) },
    numbers => { numbers.work('same', pass).barrier('same') },
    (_, flow) => { flow.source('same', listed([])).reduce('same', count()) },
    (numbers, flow) => { flow.merge('same', [numbers]).to({ name: 'same', write: pass }) },
    numbers => { numbers.shard('same', { by: String, shards: 2 }).batch('same', { count: 2 }) },
  ]
  for (const build of twice) {
    const error = refusedPlan(build)
    assert.match(problem(error), /^two stages are called 'same', the other at test\/plan\/validation\.test\.ts:\d+:\d+: progress and results are kept by name, so give one of them another$/)
    assert.equal(error.stage, 'same')
    assert.match(error.at, place)
  }
})

test('a stage called like the queue of a stage with priorities is refused', () => {
  const error = refusedPlan(numbers => {
    numbers.work('mail', pass, { priority: () => 'high' })
    numbers.work('mail by priority', pass)
  })
  assert.match(problem(error), /^two stages are called 'mail by priority', .* give a stage another name$/)
})

test('a stage called like a topic of the pipeline is refused: its results would be taken for items of the topic', () => {
  const orders = topic<number>('orders')
  const builds: readonly ((numbers: any, flow: any) => void)[] = [
    (numbers, flow) => { flow.source(orders).work('look', pass); numbers.work('orders', pass) },
    numbers => { numbers.work('orders', pass); numbers.to(orders, { name: 'out' }) },
    (_, flow) => { flow.source(orders).work('orders', pass) },
  ]
  for (const build of builds) {
    const error = refusedPlan(build)
    assert.equal(problem(error), "stage 'orders' is called like the topic 'orders' that the pipeline uses: its results would be taken for items of the topic, so give the stage another name")
    assert.match(error.at, place)
  }
})

test('a topic may be read often, and written by a stage of its name', () => {
  const orders = topic<number>('orders')
  planned((numbers, flow) => {
    numbers.to(orders)
    flow.source(orders).work('one', pass)
    flow.source(orders).work('two', pass)
  })
})

test('a pipeline that feeds itself through a topic is refused with the way round', () => {
  const again = topic<number>('again')
  const error = refusedPlan((numbers, flow) => {
    flow.merge('all', [numbers, flow.source(again)]).work('look', (number: number) => number).map((number: number) => number).work('think', pass).to(again, { name: 'once more' })
  })
  assert.equal(problem(error), "the pipeline feeds itself: 'look' -> 'think' -> topic 'again' -> 'look'; an item would go round for ever. Write to another topic, or read from another")
  assert.deepEqual([error.stage, place.test(error.at)], ['look', true])
})

test('a way round through failures, a barrier or two topics is one too', () => {
  const [a, b] = [topic<any>('a'), topic<any>('b')]
  const rounds: Readonly<Record<string, (numbers: any, flow: any) => void>> = {
    "'look' -> topic 'a' -> 'look'": (_, flow) => flow.source(a).work('look', pass).failed.to(a),
    "'held' -> topic 'b' -> 'held'": (_, flow) => flow.source(b).barrier('all').work('held', pass).to(b),
    "'one' -> topic 'b' -> 'two' -> topic 'a' -> 'one'": (_, flow) => { flow.source(a).work('one', pass).to(b); flow.source(b).work('two', pass).to(a) },
    "topic 'a' -> topic 'a'": (_, flow) => flow.source(a).to(a),
  }
  for (const [steps, build] of Object.entries(rounds)) assert.ok(problem(refusedPlan(build)).startsWith(`the pipeline feeds itself: ${steps}; `), steps)
})

test('streams that part and meet again are no cycle', () => {
  const a = topic<number>('a')
  planned((numbers, flow) => {
    numbers.work('one', number => number).to(a)
    flow.merge('all', [flow.source(a), flow.source(a).work('two', number => number), numbers]).work('three', pass)
  })
})

test('patterns for later are refused by name, where they stand', () => {
  const later: Readonly<Record<string, (numbers: any, flow: any) => void>> = {
    "'per hour' is a window": numbers => numbers.window(tumbling('1h')).reduce('per hour', count()),
    "'pairs' is a joinByKey": (numbers, flow) => flow.joinByKey('pairs', { a: numbers.keyBy(Number), b: numbers.keyBy(Number) }, { within: '1h' }),
    "'lookup in known' is a lookup": numbers => numbers.lookup(numbers.keyBy(Number).table('known'), Number, () => 1),
  }
  for (const [start, build] of Object.entries(later)) {
    const error = refusedPlan(build)
    assert.equal(problem(error), `${start}, which this version of Batchwork can type but not yet run`)
    assert.match(error.at, place)
  }
})

test('what is held for one item is refused beside a worker of chunks in the main process', () => {
  const chunks = inChunks<number, number>(async values => values)
  for (const options of [{ limit: limit('one', { concurrency: 1 }) }, { perKey: { concurrency: 1 } }, { timeout: '1s' }] as const) {
    const [name] = Object.keys(options)
    const error = refusedPlan(numbers => void numbers.keyBy((number: number) => number).work('insert', chunks, options))
    assert.match(problem(error), new RegExp(`^stage 'insert': '${name}' is held for one item, and inChunks takes many; leave it out`))
    planned(numbers => void numbers.keyBy((number: number) => number).work('insert', chunks, { ...options, threads: 1 }))
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topic } from '../../src/pipeline/topic.ts'
import { listed } from '../pipeline/building.ts'
import { inputsOf, pass, planned, topicIn } from './planning.ts'

test('a topic knows who writes it, who reads it, and who bounds it: not those behind a barrier', () => {
  const plan = planned(numbers => {
    const looked = numbers.work('look', number => number)
    looked.work('fast', pass)
    looked.barrier('all').work('late', pass)
  })
  assert.deepEqual(topicIn(plan, 'look'), { name: 'look', isShared: false, shards: 1, levels: 1, producers: ['look'], readers: ['fast', 'late'], layout: 'dense', boundedBy: ['fast'], isKept: false, keepFor: undefined })
  assert.deepEqual(topicIn(plan, 'late')!.readers, [])
})

test('a topic is laid out by the line where a sink that reads it takes lines', () => {
  const into = (takesLines?: boolean) => planned(numbers => void numbers.work('look', pass).to({ name: 'file', write: async () => {}, takesLines }))
  assert.deepEqual([true, false, undefined].map(takesLines => topicIn(into(takesLines), 'look')!.layout), ['lined', 'dense', 'dense'])
})

test('a topic behind a sink that commits at its end is kept whole', () => {
  const plan = planned(numbers => void numbers.to({ name: 'file', write: async () => {}, commit: 'run' } as { name: string, write: () => Promise<void> }).work('late', pass))
  assert.deepEqual([topicIn(plan, 'file')!.readers, topicIn(plan, 'file')!.boundedBy], [['late'], []])
})

test('a topic whose items gather to batches is kept whole: its bound could be less than a batch', () => {
  const plan = planned(numbers => void numbers.work('look', number => number).batch('many', { count: 10 }))
  assert.deepEqual([topicIn(plan, 'look')!.readers, topicIn(plan, 'look')!.boundedBy], [['many'], []])
})

test('parts of items are stored before they gather to batches, for one item may end up in several', () => {
  const plan = planned(numbers => {
    const looked = numbers.work('look', number => number)
    looked.flatMap(number => [number, -number]).keyBy(number => number % 2).batch('parts of it', { count: 10 })
    looked.map(number => -number).batch('whole', { count: 10 })
  })
  assert.deepEqual([inputsOf(plan, 'parts of it'), inputsOf(plan, 'parts of it parts')], [['topic parts of it parts: key'], ['topic look: flatMap, key']])
  assert.deepEqual(inputsOf(plan, 'whole'), ['topic look: map'])
})

test('a barrier holds what is returned right behind it', () => {
  const plan = planned(numbers => ({ behind: numbers.work('look', number => number).barrier('all') }))
  assert.deepEqual(plan.barriers.map(({ topics, before }) => [topics, before]), [[['look'], ['look']]])
})

test('what is a result is kept, also a source', () => {
  const plan = planned((numbers, flow) => {
    const looked = numbers.work('look', number => number)
    looked.work('more', pass)
    return { looked: looked.map(number => number), raw: flow.source('raw', listed([1])) }
  })
  assert.deepEqual(plan.topics.filter(({ isKept }) => isKept).map(({ name }) => name).toSorted(), ['look', 'raw'])
})

test("a user's topic is shared, with three levels; it may have several writers, and none", () => {
  const written = topic<number>('written')
  const plan = planned((numbers, flow) => {
    numbers.to(written, { name: 'first' })
    numbers.map(number => -number).to(written, { name: 'second' })
    flow.source(topic<number>('read')).work('look', pass)
  })
  const facts = plan.topics.filter(({ isShared }) => isShared).map(({ name, levels, producers, readers }) => [name, levels, producers, readers])
  assert.deepEqual(facts, [['written', 3, ['first', 'second'], []], ['read', 3, [], ['look']]])
})

test('a barrier waits for the stages before it, back to the barrier before that', () => {
  const plan = planned(numbers => {
    numbers.work('a', number => number).work('b', number => number).barrier('first', { tolerate: 3 })
      .work('c', number => number).barrier('second').work('d', pass)
  })
  assert.deepEqual(plan.barriers.map(({ name, tolerate, topics, before }) => [name, tolerate, topics, before]), [['first', 3, ['b'], ['b', 'a']], ['second', 0, ['c'], ['c']]])
  assert.match(plan.barriers[0]!.at, /^test\/plan\/topics-and-barriers\.test\.ts:\d+:\d+$/)
  assert.deepEqual([inputsOf(plan, 'c'), inputsOf(plan, 'd')], [['topic b | barrier first'], ['topic c | barrier second']])
})

test('a barrier over several streams waits for all of them, one stage once', () => {
  const plan = planned((numbers, flow) => {
    const a = numbers.work('a', number => number)
    flow.merge('all', [a.work('b', number => number), a.work('c', number => number), a]).barrier('all done').map(number => number).work('d', pass)
  })
  assert.deepEqual(plan.barriers.map(({ topics, before }) => [topics, before.toSorted()]), [[['b', 'c', 'a'], ['a', 'b', 'c']]])
  assert.deepEqual(inputsOf(plan, 'd'), ['topic b: map | barrier all done', 'topic c: map | barrier all done', 'topic a: map | barrier all done'])
})

test('a stage that also reads past the barrier before it is waited for, with what it reads openly', () => {
  const plan = planned((numbers, flow) => {
    const a = numbers.work('a', number => number)
    const b = flow.source('more', listed([1])).work('b', number => number)
    flow.merge('both', [a.barrier('first'), b]).work('c', number => number).barrier('second').work('d', pass)
  })
  assert.deepEqual(plan.barriers.map(({ name, before }) => [name, before]), [['first', ['a']], ['second', ['c', 'b']]])
})

test('two barriers in a row both hold what is behind them', () => {
  const plan = planned(numbers => void numbers.barrier('one').barrier('two').work('look', pass))
  assert.deepEqual(inputsOf(plan, 'look'), ['topic numbers | barrier one | barrier two'])
  assert.deepEqual(plan.barriers.map(({ before }) => before), [['numbers'], ['numbers']])
})

test('what two stages read behind one barrier waits for it together', () => {
  const plan = planned(numbers => {
    const held = numbers.work('a', number => number).barrier('all')
    held.work('b', pass)
    held.work('c', pass)
  })
  assert.deepEqual(plan.barriers.map(({ topics, before }) => [topics, before]), [[['a'], ['a']]])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { topic } from '../../src/pipeline/topic.ts'
import { count } from '../../src/reducers/count.ts'
import { listed } from '../pipeline/building.ts'
import { inputsOf, namesIn, pass, planned, sinkCalled, stageIn, topicIn } from './planning.ts'

test('pure operators are fused, in their order, into the stage that reads them', () => {
  const plan = planned(numbers => {
    numbers.map(number => number + 1).filter(() => true).flatMap(number => [number]).work('look', pass)
      .filter(() => true).to(sinkCalled('out'))
  })
  assert.deepEqual(namesIn(plan), ['look', 'out'])
  assert.deepEqual(inputsOf(plan, 'look'), ['source numbers: map, filter, flatMap'])
  assert.deepEqual(inputsOf(plan, 'out'), ['topic look: filter'])
})

test('a source of one reader is read where it is; its schema comes before all else', () => {
  const plan = planned((_, flow) => void flow.source('checked', listed([1]), { schema: z.number() }).map(number => number).work('look', pass))
  assert.deepEqual(namesIn(plan), ['look'])
  assert.deepEqual(inputsOf(plan, 'look'), ['source checked: schema, map'])
})

test('a source is stored where it is read twice, and its operators stay with each reader', () => {
  const plan = planned(numbers => {
    const mapped = numbers.map(number => number)
    mapped.work('one', pass)
    mapped.filter(() => true).work('two', pass)
  })
  assert.deepEqual(namesIn(plan), ['numbers', 'one', 'two'])
  assert.deepEqual([inputsOf(plan, 'numbers'), inputsOf(plan, 'one'), inputsOf(plan, 'two')], [['source numbers'], ['topic numbers: map'], ['topic numbers: map, filter']])
})

test('a source that one stage reads twice is stored', () => {
  const plan = planned((numbers, flow) => void flow.merge('both', [numbers, numbers.map(number => -number)]).work('look', pass))
  assert.deepEqual(inputsOf(plan, 'look'), ['topic numbers', 'topic numbers~2: map'])
})

test('a source is stored where its items have ids or times, behind a barrier, and where they are a result', () => {
  const stored: readonly (readonly [string, ReturnType<typeof planned>])[] = [
    ['id', planned((_, flow) => void flow.source('s', listed([1]), { id: number => number }).work('look', pass))],
    ['time', planned((_, flow) => void flow.source('s', listed([1]), { time: () => new Date(0) }).work('look', pass))],
    ['barrier', planned((_, flow) => void flow.source('s', listed([1])).barrier('all').work('look', pass))],
    ['output', planned((_, flow) => ({ result: flow.source('s', listed([1])).filter(() => true) }))],
  ]
  for (const [why, plan] of stored) {
    const stage = stageIn(plan, 's')
    assert.ok(stage.kind === 'relay' && stage.reason === 'source', why)
    assert.equal(typeof stage.id, why === 'id' ? 'function' : 'undefined')
    assert.equal(typeof stage.time, why === 'time' ? 'function' : 'undefined')
  }
})

test('a source that nobody reads is not in the plan', () => {
  assert.deepEqual(planned(numbers => void numbers.map(number => number)).stages, [])
})

test('a sharder stores; work after it has a lane for each shard, until the stream leaves them', () => {
  const plan = planned(numbers => {
    const sharded = numbers.shard('shards', { by: number => number, shards: { north: {}, south: { weight: 2 }, west: { paused: true } } })
    sharded.map(number => number).work('in shards', number => number).work('still', pass).keyBy(number => number).work('keyed', pass)
  })
  const shards = ['north', 'south', 'west']
  const facts = plan.stages.map(({ name, kind, lanes, shards, partitioning }) => [name, kind, lanes, shards.map(shard => shard.name), partitioning.shards.map(shard => shard.name), partitioning.by !== undefined])
  assert.deepEqual(facts, [
    ['shards', 'relay', 1, [], shards, true],
    ['in shards', 'work', 3, shards, shards, false],
    ['still', 'work', 3, shards, shards, false],
    ['keyed', 'work', 1, [], [], false],
  ])
  assert.deepEqual(plan.topics.map(({ name, shards, levels }) => [name, shards, levels]), [['shards', 3, 1], ['in shards', 3, 1], ['still', 3, 1], ['keyed', 1, 1]])
})

test('a stage with priorities reads a queue of its own, keyed there again', () => {
  const plan = planned(numbers => {
    numbers.map(number => number).work('plain', pass, { priority: () => 'high' })
    numbers.keyBy(number => number).work('keyed', pass, { priority: () => 'low' })
  })
  assert.deepEqual(namesIn(plan), ['numbers', 'plain by priority', 'plain', 'keyed by priority', 'keyed'])
  assert.deepEqual([inputsOf(plan, 'plain by priority'), inputsOf(plan, 'plain')], [['topic numbers: map'], ['topic plain by priority']])
  assert.deepEqual([inputsOf(plan, 'keyed by priority'), inputsOf(plan, 'keyed')], [['topic numbers: key'], ['topic keyed by priority: key']])
  assert.equal(topicIn(plan, 'plain by priority')!.levels, 3)
})

test('priorities keep a stream in its shards', () => {
  const plan = planned(numbers => void numbers.shard('shards', { by: number => number, shards: 4 }).work('look', pass, { priority: () => 'high' }))
  const { shards, levels } = topicIn(plan, 'look by priority')!
  assert.deepEqual([shards, levels, stageIn(plan, 'look').lanes, stageIn(plan, 'look by priority').lanes], [4, 3, 4, 4])
})

test('a merger is no hop, with an input for each stream; with priorities it stores', () => {
  const build = (options: object) => planned((numbers, flow) => {
    const more = flow.source('more', listed([1])).map(number => number)
    flow.merge('all', [numbers, more, numbers.work('w', number => number)], options).filter(() => true).work('look', pass)
  })
  const plain = build({})
  assert.deepEqual(namesIn(plain), ['numbers', 'w', 'look'])
  assert.deepEqual(inputsOf(plain, 'look'), ['topic numbers: filter', 'source more: map, filter', 'topic w: filter'])
  const prioritised = build({ priority: () => 'high' })
  assert.deepEqual(inputsOf(prioritised, 'all'), ['topic numbers', 'source more: map', 'topic w'])
  assert.deepEqual(inputsOf(prioritised, 'look'), ['topic all: filter'])
  assert.equal(topicIn(prioritised, 'all')!.levels, 3)
})

test('a topic read several times by one stage is several inputs with names of their own', () => {
  const orders = topic<number>('orders')
  const plan = planned((_, flow) => {
    const read = flow.source(orders, { from: 'now' })
    flow.merge('thrice', [read, read.map(number => number), read.filter(() => true)]).work('look', pass)
  })
  assert.deepEqual(inputsOf(plan, 'look'), ['topic orders', 'topic orders~2: map', 'topic orders~3: filter'])
  for (const { from } of stageIn(plan, 'look').inputs) assert.deepEqual(from, { kind: 'topic', topic: 'orders', position: 'now' })
})

test('failures are read from the dead letters of their stage', () => {
  const plan = planned(numbers => void numbers.work('look', pass).failed.map(failure => failure.item).work('tell', pass))
  const [input] = stageIn(plan, 'tell').inputs
  assert.deepEqual(inputsOf(plan, 'tell'), ['dead-letters look/dead-letters: map'])
  assert.deepEqual(input!.from, { kind: 'dead-letters', topic: 'look/dead-letters', stage: 'look' })
  assert.deepEqual(topicIn(plan, 'look/dead-letters')!.readers, ['tell'])
  assert.equal(topicIn(plan, 'look/dead-letters')!.isShared, false)
})

test('of all that read a splitter, the first reports what has no route; with a default nobody does', () => {
  const checkers = (options: object) => {
    const plan = planned((numbers, flow) => {
      const { big, small } = numbers.split({ big: number => number > 9, small: number => number < 3 }, options)
      flow.merge('both', [small, big]).work('both ways', pass)
      big.work('big again', pass)
    })
    return plan.stages.flatMap(({ name, inputs }) => inputs.flatMap(({ operators }) => operators.filter(operator => operator.kind === 'route').map(({ route, isChecker }) => `${name}, ${route}: ${isChecker}`)))
  }
  assert.deepEqual(checkers({}), ['both ways, small: true', 'both ways, big: false', 'big again, big: false'])
  assert.deepEqual(checkers({ default: 'other' }), ['both ways, small: false', 'both ways, big: false', 'big again, big: false'])
})

test('a splitter after a merger is checked on each of the merged streams', () => {
  const plan = planned((numbers, flow) => void flow.merge('all', [numbers, flow.source('more', listed([1]))]).split({ big: number => number > 9 }).big.work('look', pass))
  assert.deepEqual(stageIn(plan, 'look').inputs.flatMap(({ operators }) => operators.map(operator => operator.kind === 'route' && operator.isChecker)), [true, true])
})

test('a reduce is keyed where its stream is', () => {
  const plan = planned(numbers => {
    numbers.reduce('total', count())
    numbers.keyBy(number => number).reduce('by number', count(), { version: 3, emit: 'each-change' })
  })
  const facts = plan.stages.filter(stage => stage.kind === 'reduce').map(({ name, isKeyed, version, emit }) => [name, isKeyed, version, emit])
  assert.deepEqual(facts, [['total', false, 1, undefined], ['by number', true, 3, 'each-change']])
  assert.deepEqual(inputsOf(plan, 'by number'), ['topic numbers: key'])
})

test('what follows a sink reads what was written; after a sink that commits at the end, only then', () => {
  const plan = planned(numbers => {
    numbers.to(sinkCalled('at once')).work('one', pass)
    numbers.to(sinkCalled('at the end', { commit: 'run' })).work('two', pass)
  })
  assert.deepEqual([inputsOf(plan, 'one'), inputsOf(plan, 'two')], [['topic at once'], ['topic at the end | end at the end']])
})

test('what follows a topic written to reads what was written before it, not the topic', () => {
  const plan = planned(numbers => void numbers.work('look', number => number).to(topic<number>('seen')).map(number => number).work('after', pass))
  assert.deepEqual(inputsOf(plan, 'after'), ['topic look: map'])
  assert.deepEqual([stageIn(plan, 'seen').kind, stageIn(plan, 'seen').output], ['relay', 'seen'])
})

test('a work stage has its own settings before those of the pipeline', () => {
  const plan = planned(numbers => void numbers.work('look', pass, { attempts: 2, timeout: undefined }), { work: { attempts: 9, timeout: '5s' }, tolerate: '2%' })
  const stage = stageIn(plan, 'look')
  assert.deepEqual(stage.kind === 'work' && stage.settings, { attempts: 2, timeout: '5s' })
  assert.equal(plan.tolerate, '2%')
})

test('outputs are read through their operators', () => {
  const plan = planned(numbers => {
    const looked = numbers.work('look', number => number)
    return { plain: looked, mapped: looked.map(number => number) }
  })
  assert.deepEqual(plan.outputs.map(({ name, inputs }) => [name, ...inputs.map(({ name, operators }) => `${name} ${operators.length}`)]), [['plain', 'look 0'], ['mapped', 'look 1']])
})

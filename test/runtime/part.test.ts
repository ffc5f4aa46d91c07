// What a process takes part in, by the words of --stages.
import { deepEqual, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { count, limit, pipeline, topic, type Stream } from 'batchwork'
import { planFor } from '../../src/client/run-pipeline.ts'
import { namesOf } from '../../src/runtime/names.ts'
import { joined, partOf, wordsFor } from '../../src/runtime/part.ts'
import { holdingsOf, slicesOf } from '../../src/runtime/slices.ts'

const pass = (value: number) => value
const one = limit('one', { concurrency: 1 })

const plan = planFor(pipeline('p', flow => {
  const numbers = flow.source(topic<number>('numbers')).work('thumb small', pass).work('thumb, large', pass) as Stream<number>
  const apart = numbers.shard('by size', { by: pass, shards: { left: {}, right: {} }, spillAbove: 'never' }).work('blur', pass)
  apart.shard('with care', { by: pass, shards: 2 }).work('spilled', pass).work('read', pass, { limit: one }).work('write', pass, { limit: one })
}), undefined, { parts: 2 })

const slices = plan.stages.flatMap(stage => slicesOf(stage, true))
const taken = (...words: readonly string[]) => wordsFor(slices.filter(partOf(plan, words).takes))

test('stages are named by their names, with commas between, by patterns, and shards by stage and shard', () => {
  deepEqual(taken('thumb small,read, write'), ['thumb small', 'read', 'write'])
  deepEqual(taken('thumb, large'), ['thumb, large'])
  deepEqual(taken('thumb*'), ['thumb small', 'thumb, large'])
  deepEqual(taken('blur/l*'), ['blur/left'])
  deepEqual(taken('blur'), ['blur'])
  deepEqual(taken('blur/*'), ['blur'])
  deepEqual(taken('*'), wordsFor(slices))
  deepEqual(taken('by size', 'blur/right'), ['by size', 'blur/right'])
})

test('what is not there, and what belongs to one process, is refused', () => {
  throws(() => partOf(plan, ['bluur']), { code: 'NO_STAGE', message: /did you mean 'blur'\?/ })
  throws(() => partOf(plan, ['blur/lefft']), { code: 'NO_STAGE', message: /did you mean 'left'\?/ })
  throws(() => partOf(plan, ['thumb small/1']), { code: 'NO_STAGE', message: /has no shards/ })
  throws(() => partOf(plan, ['spilled/1']), { code: 'USAGE', message: /spillAbove: 'never'/ })
  throws(() => partOf(plan, ['read']), { code: 'USAGE', message: /name 'write' too/ })
  throws(() => partOf(plan, ['thumb.*']), { code: 'NO_STAGE' })
})

test('a process joins the group for what it takes, and always for the lead', () => {
  const names = namesOf(plan, 'p')
  const holdings = holdingsOf(plan, new Map(plan.stages.map(stage => [stage.name, slicesOf(stage, true)])))
  const { topics, only } = joined(holdings, partOf(plan, ['thumb small', 'blur/right']), names)
  deepEqual(topics, ['p//lead', 'p/thumb small/owners', 'p/blur/owners'])
  deepEqual([...only], [['p/blur/owners', [1]]])
})

test('a stage is taken with what lays its input out', () => {
  const counting = planFor(pipeline('counting', flow => {
    flow.source(topic<number>('numbers')).work('look', pass).keyBy(value => value % 2).reduce('counts', count())
  }), undefined, { parts: 2 })
  const all = counting.stages.flatMap(stage => slicesOf(stage, true))
  deepEqual(wordsFor(all.filter(partOf(counting, ['counts']).takes)), ['counts by key', 'counts'])
})

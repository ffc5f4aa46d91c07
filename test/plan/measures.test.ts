// From what a run counted to the bottleneck and what would help it, on plans of real pipelines.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { limit, type Stream } from '../../src/index.ts'
import { measuresOf, type Counted, type Measures } from '../../src/plan/measures.ts'
import { pass, planned, sinkCalled } from './planning.ts'

interface Made extends Partial<Counted> {
  readonly items?: number
  readonly eachMs: number
}

/** Every attempt took `eachMs`. */
function counted({ items = 100, eachMs, ...more }: Made): Counted {
  const { failed = 0, retried = 0 } = more
  const timed = items + retried
  return { done: items - failed, failed, retried, timed, timedMs: timed * eachMs, blockedMs: 0, ...more }
}

function measured(build: (numbers: Stream<number>) => void, stages: Readonly<Record<string, Made>>): Measures {
  const plan = planned(numbers => build(numbers))
  return measuresOf(plan, new Map(Object.entries(stages).map(([name, made]) => [name, counted(made)])), 4) ?? assert.fail('nothing was measured')
}

const chain = (numbers: Stream<number>) => numbers.work('fetch', pass, { concurrency: 10 }).work('resize', pass, { threads: 2 })

test('the stage that takes the longest is the bottleneck, and is given what keeps up with the stage before it', () => {
  const { stages, bottleneck } = measured(chain, { fetch: { eachMs: 50 }, resize: { eachMs: 40 } })
  assert.deepEqual(stages['fetch'], { items: 100, time: { meanMs: 50, workers: 10, perSecond: 200, isBlocking: false } })
  assert.deepEqual(stages['resize'], { items: 100, time: { meanMs: 40, workers: 2, perSecond: 50, isBlocking: false } })
  assert.deepEqual(bottleneck, { stage: 'resize', option: 'threads', has: 2, heldBy: undefined, keepsUp: { with: 'fetch', isBefore: true, needs: 8 } })
})

test('of the stages before it the slowest counts: no more than that comes', () => {
  const { bottleneck } = measured(numbers => numbers.work('read', pass, { concurrency: 1 }).work('fetch', pass, { concurrency: 10 }).work('resize', pass, { threads: 2 }), { read: { eachMs: 10 }, fetch: { eachMs: 50 }, resize: { eachMs: 40 } })
  assert.deepEqual(bottleneck!.keepsUp, { with: 'read', isBefore: true, needs: 4 })
})

test('the first stage is held against the slowest of the others', () => {
  const { bottleneck } = measured(chain, { fetch: { eachMs: 500 }, resize: { eachMs: 20 } })
  assert.deepEqual(bottleneck, { stage: 'fetch', option: 'concurrency', has: 10, heldBy: undefined, keepsUp: { with: 'resize', isBefore: false, needs: 50 } })
})

test('a function that keeps the process works on one item, whatever its concurrency, and needs threads', () => {
  const { stages, bottleneck } = measured(numbers => numbers.work('fetch', pass).work('spin', pass), { fetch: { eachMs: 16 }, spin: { eachMs: 5, blockedMs: 500 } })
  assert.deepEqual(stages['spin']!.time, { meanMs: 5, workers: 1, perSecond: 200, isBlocking: true })
  assert.deepEqual(bottleneck, { stage: 'spin', option: 'threads', has: 1, heldBy: undefined, keepsUp: { with: 'fetch', isBefore: true, needs: 5 } })
})

test('attempts that failed are part of what an item takes', () => {
  const { stages } = measured(chain, { fetch: { eachMs: 50, retried: 100 }, resize: { eachMs: 1 } })
  assert.deepEqual(stages['fetch']!.time, { meanMs: 100, workers: 10, perSecond: 100, isBlocking: false })
})

test('where a limit holds a stage back, more workers are not advised', () => {
  const held = (options: Parameters<typeof limit>[1]) => measured(numbers => numbers.work('fetch', pass).work('post', pass, { limit: limit('post', options) }), { fetch: { eachMs: 16 }, post: { eachMs: 16 } })
  for (const options of [{ perSecond: 10 }, { concurrency: 2 }]) {
    const { bottleneck } = held(options)
    assert.deepEqual(bottleneck, { stage: 'post', option: 'concurrency', has: 16, heldBy: 'limit', keepsUp: undefined })
  }
  assert.equal(held({ perSecond: 10 }).stages['post']!.time!.perSecond, 10)
  assert.equal(held({ concurrency: 2 }).stages['post']!.time!.workers, 2)
})

test('a sink does one thing at a time: there is no option to give it more', () => {
  const { bottleneck } = measured(numbers => { numbers.work('fetch', pass).to(sinkCalled('table')) }, { fetch: { eachMs: 16 }, table: { eachMs: 5 } })
  assert.deepEqual(bottleneck, { stage: 'table', option: undefined, has: 1, heldBy: undefined, keepsUp: undefined })
})

test('counts of a version that took no times tell nothing; beside others they tell how many items there were', () => {
  const none = { timed: 0, timedMs: 0 }
  assert.equal(measuresOf(planned(numbers => void chain(numbers)), new Map([['fetch', counted({ eachMs: 5, ...none })]]), 4), undefined)
  const { stages, bottleneck } = measured(chain, { fetch: { eachMs: 5, ...none }, resize: { eachMs: 5 } })
  assert.deepEqual(stages['fetch'], { items: 100, time: undefined })
  assert.equal(bottleneck!.stage, 'resize')
})

const made = fc.record({ items: fc.integer({ min: 1, max: 100_000 }), eachMs: fc.double({ min: 0.001, max: 10_000, noNaN: true }), retried: fc.nat(1_000) })
const size = fc.integer({ min: 1, max: 64 })

test('with what is advised it takes no longer, with one less it does', () => {
  fc.assert(fc.property(made, made, size, size, (fetch, resize, concurrency, threads) => {
    const durationMs = ({ items, eachMs, retried }: typeof fetch, workers: number) => (items + retried) * eachMs / workers
    const { bottleneck } = measured(numbers => numbers.work('fetch', pass, { concurrency }).work('resize', pass, { threads }), { fetch, resize })
    const [slow, other] = bottleneck!.stage === 'fetch' ? [fetch, durationMs(resize, threads)] : [resize, durationMs(fetch, concurrency)]
    const needs = bottleneck!.keepsUp!.needs
    assert.ok(needs >= bottleneck!.has)
    assert.ok(durationMs(slow, needs) <= other * (1 + 1e-9))
    if (needs > bottleneck!.has) assert.ok(durationMs(slow, needs - 1) > other * (1 - 1e-9))
  }))
})

test('no stage takes longer for its items than the bottleneck', () => {
  fc.assert(fc.property(fc.array(made, { minLength: 1, maxLength: 8 }), all => {
    const build = (numbers: Stream<number>) => void all.reduce((stream: Stream<any>, _, index) => stream.work(`w${index}`, pass), numbers)
    const { stages, bottleneck } = measured(build, Object.fromEntries(all.map((each, index) => [`w${index}`, each])))
    const durationOf = (name: string) => stages[name]!.items / stages[name]!.time!.perSecond
    for (const name of Object.keys(stages)) assert.ok(durationOf(name) <= durationOf(bottleneck!.stage))
  }))
})

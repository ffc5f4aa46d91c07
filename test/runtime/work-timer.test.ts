// What runs store of how long their units were at work, in virtual time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inChunks, items, pipeline, RetryLater, type Flow } from '../../src/index.ts'
import { measuresIn, type RunMeasures } from '../../src/client/measures.ts'
import { planFor } from '../../src/client/run-pipeline.ts'
import { WorkTimer } from '../../src/runtime/work-timer.ts'
import { World } from '../../src/testing/world.ts'
import { upTo } from './running.ts'

async function measured(build: (flow: Flow, world: World) => void): Promise<RunMeasures | undefined> {
  const world = new World()
  const timed = pipeline('test', flow => build(flow, world))
  const plan = planFor(timed)
  const { log } = world.bystander()
  assert.equal(await measuresIn(log, plan), undefined)
  await world.until(world.client().run(timed))
  const measures = await world.until(measuresIn(log, plan))
  world.clock.stop()
  return measures
}

const wait = (world: World, ms: number) => new Promise<void>(resolve => world.clock.after(ms, resolve))
const numbers = (flow: Flow, size: number) => flow.source('numbers', items(upTo(size)))

test('of units that take long each is timed, and so are attempts that failed', async () => {
  const measures = await measured((flow, world) => {
    numbers(flow, 60).work('work', async (_, { attempt }) => {
      await wait(world, 50)
      if (attempt === 1) throw new RetryLater('busy', { after: '1ms' })
    }, { concurrency: 7 })
  })
  assert.deepEqual(measures, { run: 1, stages: { work: { items: 60, time: { meanMs: 100, workers: 7, perSecond: 70, isBlocking: false } } }, bottleneck: { stage: 'work', option: 'concurrency', has: 7, heldBy: undefined, keepsUp: undefined } })
})

test('a chunk is timed as a whole, and its items share the time', async () => {
  const measures = await measured((flow, world) => { numbers(flow, 60).work('work', inChunks(() => wait(world, 50), { size: 10 })) })
  assert.equal(measures!.stages['work']!.time!.meanMs, 5)
})

test('lanes of a stage are counted together', async () => {
  const measures = await measured((flow, world) => {
    numbers(flow, 60).shard('halves', { by: n => String(n % 2), shards: { 0: {}, 1: {} } }).work('work', () => wait(world, 30), { concurrency: 6 })
  })
  assert.deepEqual(measures!.stages['work'], { items: 60, time: { meanMs: 30, workers: 6, perSecond: 200, isBlocking: false } })
})

test('a few of many quick units stand for all of them', () => {
  let reads = 0
  const timer = new WorkTimer({ now: () => 0, monotonic: () => ++reads / 100, after: () => assert.fail('it sets no timer') })
  for (let unit = 0; unit < 10_000; unit++) timer.begin()?.end()
  assert.ok(reads < 1_000, `the clock was read ${reads} times`)
  const { timed, timedMs, blockedMs } = timer.take()
  assert.ok(timed > 10_000 - 64 && timed <= 10_000, `${timed} are stood for`)
  assert.ok(Math.abs(timedMs - timed / 100) < 1e-6)
  assert.equal(blockedMs, timedMs)
  assert.deepEqual(timer.take(), { timed: 0, timedMs: 0, blockedMs: 0 })
})

test('quick and slow units in turn are told apart as well as if each were timed', () => {
  let now = 0
  const timer = new WorkTimer({ now: () => 0, monotonic: () => now, after: () => assert.fail('it sets no timer') })
  let [spentMs, seed] = [0, 1]
  for (let unit = 0; unit < 200_000; unit++) {
    seed = seed * 48_271 % 2_147_483_647
    const tookMs = seed % 20 === 0 ? 10 : 0.01
    const timed = timer.begin()
    now += tookMs
    spentMs += tookMs
    if (timed) timed.isBlocking = false
    timed?.end()
  }
  const { timedMs, blockedMs } = timer.take()
  assert.ok(Math.abs(timedMs / spentMs - 1) < 0.1, `${timedMs} ms of ${spentMs}`)
  assert.equal(blockedMs, 0)
})

// Concurrency, rates, keys and order, and that a fast producer does not run ahead.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { items, limit, pipeline, type Flow, type Outputs, type Source } from '../../src/index.ts'
import { clientOn, type RunReport, type Running } from '../../src/client/client.ts'
import { pauseIn } from '../../src/client/commands.ts'
import type { Executor, Task } from '../../src/executor.ts'
import { World } from '../../src/testing/world.ts'
import { listOf, upTo } from './running.ts'

/** Runs a pipeline whose workers may wait in virtual time. */
async function inWorld<O extends Outputs>(build: (flow: Flow, world: World) => O | void, options: ConstructorParameters<typeof World>[0] = {}) {
  const world = new World(options)
  const report = await world.until(world.client().run(pipeline('test', flow => build(flow, world))))
  world.clock.stop()
  return { world, report }
}

function wait(world: World, ms: number): Promise<void> {
  return new Promise(resolve => world.clock.after(ms, resolve))
}

class Gauge {
  now = 0
  max = 0

  async during(work: () => Promise<void>): Promise<void> {
    this.max = Math.max(this.max, ++this.now)
    await work()
    this.now--
  }
}

/** The most that began within any `windowMs`. */
function mostWithin(times: readonly number[], windowMs: number): number {
  return Math.max(0, ...times.map((from, index) => times.slice(index).filter(time => time < from + windowMs).length))
}

test('no more items are at work than the stage may have, and all it may have', async () => {
  const gauge = new Gauge()
  await inWorld((flow, world) => { flow.source('numbers', items(upTo(60))).work('work', () => gauge.during(() => wait(world, 50)), { concurrency: 7 }) })
  assert.equal(gauge.max, 7)
})

test('a rate is kept to, and every item is done before the stage ends', async () => {
  const times: number[] = []
  const { report } = await inWorld((flow, world) => {
    flow.source('numbers', items(upTo(40))).work('work', () => { times.push(world.clock.monotonic()) }, { limit: limit('slow', { perSecond: 5 }) })
  })
  assert.equal(times.length, 40)
  assert.equal(report.stages['work']!.done, 40)
  assert.ok(mostWithin(times, 1_000) <= 6, `${mostWithin(times, 1_000)} began within a second`)
  assert.ok(times.at(-1)! >= 7_500, `the last began after ${times.at(-1)} ms`)
})

test('two stages share a limit by its name', async () => {
  const gauge = new Gauge()
  const times: number[] = []
  const worker = (world: World) => () => gauge.during(async () => {
    times.push(world.clock.monotonic())
    await wait(world, 100)
  })
  const { report } = await inWorld((flow, world) => {
    const numbers = flow.source('numbers', items(upTo(20)))
    numbers.work('one', worker(world), { limit: limit('shared', { concurrency: 3, perSecond: 50 }) })
    numbers.work('two', worker(world), { limit: limit('shared', { concurrency: 3, perSecond: 50 }) })
  })
  assert.equal(report.outcome, 'completed')
  assert.equal(times.length, 40)
  assert.equal(gauge.max, 3)
  assert.ok(mostWithin(times, 1_000) <= 51)
})

test('two limits of one stage hold both, and neither wastes the other', async () => {
  const times: number[] = []
  const { report } = await inWorld((flow, world) => {
    flow.source('numbers', items(upTo(30))).work('work', async () => {
      times.push(world.clock.monotonic())
      await wait(world, 150)
    }, { limit: [limit('rate', { perSecond: 5 }), limit('few', { concurrency: 1 })] })
  })
  assert.equal(report.stages['work']!.done, 30)
  assert.ok(mostWithin(times, 1_000) <= 6)
  assert.ok(times.at(-1)! <= 8_000, `5 a second were allowed, but 30 took ${times.at(-1)} ms to begin`)
})

test('only so many of one key are at work', async () => {
  const gauges = [new Gauge(), new Gauge(), new Gauge()]
  await inWorld((flow, world) => {
    flow.source('numbers', items(upTo(60))).keyBy(n => n % 3).work('work', n => gauges[n % 3]!.during(() => wait(world, 20)), { perKey: { concurrency: 2 }, concurrency: 20 })
  })
  assert.deepEqual(gauges.map(({ max }) => max), [2, 2, 2])
})

/** Twenty items of one key, one at a time, and what is said to the run once the third is at work. */
async function begunOfOneKey(say: (running: Running<any>, world: World) => Promise<unknown>): Promise<{ readonly begun: readonly number[]; readonly report: RunReport<any>; readonly again: () => Promise<RunReport<any>> }> {
  const world = new World()
  const begun: number[] = []
  const third = Promise.withResolvers<void>()
  const made = pipeline('test', flow => {
    flow.source('numbers', items(upTo(20))).keyBy(() => 'one').work('work', async n => {
      begun.push(n)
      if (begun.length === 3) third.resolve()
      await wait(world, 100)
    }, { perKey: { concurrency: 1 } })
  })
  const process = world.process()
  const running = await world.until(world.client(process).begin(made, {}, false))
  await world.until(third.promise)
  await world.until(say(running, world))
  const report = await world.until(running.finished)
  return { begun: [...begun], report, again: () => world.until(world.client(process).run(made)) }
}

test('what waits for its key does not begin any more in a run that is stopped', async () => {
  const { begun, report, again } = await begunOfOneKey(running => running.stop({ grace: '1m' }))
  assert.equal(report.outcome, 'stopped')
  assert.deepEqual(begun, [0, 1, 2])
  assert.equal((await again()).stages['work']!.done, 20)
})

test('what waits for its key does not begin any more in a stage that is paused', async () => {
  const { begun, report } = await begunOfOneKey((_, world) => pauseIn(world.bystander().log, 'work', undefined, true, world.clock))
  assert.equal(report.outcome, 'stopped')
  assert.deepEqual(begun, [0, 1, 2])
})

test('a run that is stopped does not wait for an attempt in place that is due later', async () => {
  const world = new World()
  const failed = Promise.withResolvers<void>()
  const running = await world.until(world.client().begin(pipeline('test', flow => {
    flow.source('numbers', items(upTo(3))).keyBy(() => 'one').work('work', () => {
      failed.resolve()
      throw new Error('not yet')
    }, { ordered: true, attempts: 5, backoff: { delay: '10m' } })
  }), {}, false))
  await world.until(failed.promise)
  const before = world.clock.monotonic()
  await world.until(running.stop({ grace: '5m' }))
  assert.ok(world.clock.monotonic() - before < 10_000, `it took ${world.clock.monotonic() - before} ms`)
  world.clock.stop()
})

test('only so many of one key begin in a second', async () => {
  const times: number[][] = [[], []]
  await inWorld((flow, world) => {
    flow.source('numbers', items(upTo(20))).keyBy(n => n % 2).work('work', n => { times[n % 2]!.push(world.clock.monotonic()) }, { perKey: { perSecond: 2 } })
  })
  for (const each of times) {
    assert.equal(each.length, 10)
    assert.ok(mostWithin(each, 1_000) <= 3)
  }
})

test('an ordered stage works on the items of one key in their order', async () => {
  const order = new Map<number, number[]>()
  await inWorld((flow, world) => {
    flow.source('numbers', items(upTo(200))).keyBy(n => n % 5).work('work', async n => {
      await wait(world, (n * 7) % 13)
      order.set(n % 5, [...(order.get(n % 5) ?? []), n])
    }, { ordered: true, concurrency: 10 })
  }, { faults: ['delay', 'reorder'], seed: 2 })
  for (const [key, numbers] of order) assert.deepEqual(numbers, upTo(200).filter(n => n % 5 === key))
})

test('an ordered stage holds the later items of a key while one of it is tried again', async () => {
  const done: number[] = []
  await inWorld(flow => {
    flow.source('numbers', items(upTo(30))).keyBy(n => n % 3).work('work', (n, { attempt }) => {
      if (n === 4 && attempt < 3) throw new Error('not yet')
      done.push(n)
    }, { ordered: true, attempts: 5 })
  })
  assert.deepEqual(done.filter(n => n % 3 === 1), upTo(30).filter(n => n % 3 === 1))
})

test('an ordered stage gives the results of a key in order though items of its chunks finish in any', async () => {
  const msOf = [50, 5_000, 10, 20, 5_000]
  const keyOf = ['a', 'slow', 'b', 'a', 'slow too']
  const chunks = [[0, 1], [2, 3, 4]]
  const source: Source<number> = {
    splits: () => [{ id: 'all' }],
    async *read() {},
    async *readChunks() { for (const chunk of chunks) yield chunk.map(n => ({ item: n, position: n + 1 })) },
  }
  const world = new World()
  const report = await world.until(world.client().run(pipeline('test', flow => ({
    out: flow.source('numbers', source).keyBy(n => keyOf[n]!).work('work', async n => {
      await wait(world, msOf[n]!)
      return n
    }, { ordered: true, concurrency: 5 }),
  }))))
  assert.deepEqual((await listOf(report.read('out'))).filter(n => keyOf[n] === 'a'), [0, 3])
  world.clock.stop()
})

test('a stage fed by another keeps to a rate, and does everything', async () => {
  const times: number[] = []
  const { report } = await inWorld((flow, world) => {
    flow.source('numbers', items(upTo(20))).work('first', n => n).work('second', () => { times.push(world.clock.monotonic()) }, { limit: limit('slow', { perSecond: 4 }) })
  })
  assert.equal(times.length, 20)
  assert.equal(report.stages['second']!.done, 20)
  assert.ok(mostWithin(times, 1_000) <= 5)
})

test('a fast stage does not run further ahead of a slow one than the bound', async () => {
  let ahead = 0
  let aheadMax = 0
  await inWorld((flow, world) => {
    flow.source('numbers', items(upTo(60_000))).work('fast', n => { aheadMax = Math.max(aheadMax, ++ahead); return n }, { concurrency: 100 })
      .work('slow', async () => {
        await wait(world, 20)
        ahead--
      }, { concurrency: 1_000 })
  })
  assert.equal(ahead, 0)
  assert.ok(aheadMax <= 20_000 + 21_000, `it was ${aheadMax} items ahead; a backlog may hold 20,000, and a turn 20,000`)
})

test('a run that is stopped takes nothing new, and goes on where it was', async () => {
  const world = new World()
  const worked: number[] = []
  const stoppable = pipeline('test', flow => {
    flow.source('numbers', items(upTo(500))).work('work', async n => {
      worked.push(n)
      await wait(world, 10)
    }, { concurrency: 5 })
  })
  const client = world.client()
  const running = await world.until(client.begin(stoppable, {}, false))
  await world.sleep(300)
  const before = worked.length
  const { outcome } = await world.until(running.stop())
  assert.equal(outcome, 'stopped')
  assert.ok(worked.length <= before + 5, `${worked.length - before} items began after the run was stopped`)
  const report = await world.until(client.run(stoppable))
  assert.equal(report.outcome, 'completed')
  assert.deepEqual(worked.toSorted((a, b) => a - b), upTo(500))
  world.clock.stop()
})

/** Has room for one, and for many once it knows how quick they are: as threads have. */
class GrowingExecutor implements Executor {
  readonly #tasks: Task[] = []
  capacity = 1
  most = 0

  start(task: Task): void {
    this.#tasks.push(task)
    this.most = Math.max(this.most, this.#tasks.length)
    if (this.#tasks.length === this.capacity) queueMicrotask(() => this.#settleAll())
  }

  async close(): Promise<void> {}

  #settleAll(): void {
    this.capacity = 10
    for (const task of this.#tasks.splice(0)) task.settle(undefined)
  }
}

test('a stage has as many items at work as its executor has room for, also when that grows', async () => {
  const world = new World()
  const executor = new GrowingExecutor()
  const client = clientOn(world.bystander().log, { clock: world.clock, executorFor: () => executor })
  await world.until(client.run(pipeline('test', flow => { flow.source('numbers', items(upTo(101))).work('work', () => {}) })))
  world.clock.stop()
  assert.equal(executor.most, 10)
})

// Copier, filter, splitter, sharder, merger and priorities, as they behave at run time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { items, pipeline } from '../../src/index.ts'
import { given } from '../../src/testing/index.ts'
import { pauseIn } from '../../src/client/commands.ts'
import { say } from '../../src/runtime/commands.ts'
import { simulate } from '../../src/testing/simulate.ts'
import type { World } from '../../src/testing/world.ts'
import { overNumbers, runNumbers, sorted, upTo, worldWithClient } from './running.ts'

test('each copy of a stream gets every item', async () => {
  const { outputs } = await runNumbers(upTo(2_500), numbers => numbers.copy(['one', 'two', 'three'], (copy, name) => copy.work(name, n => n)))
  for (const name of ['one', 'two', 'three'] as const) assert.deepEqual(sorted(outputs[name]), upTo(2_500))
})

test('a copy that fails does not touch the other', async () => {
  const { outputs, failures } = await runNumbers(upTo(10), numbers => ({
    good: numbers.work('good', n => n),
    bad: numbers.work('bad', (n): number => { throw new Error(`no ${n}`) }, { attempts: 1 }),
  }))
  assert.deepEqual(sorted(outputs.good), upTo(10))
  assert.deepEqual(outputs.bad, [])
  assert.equal(failures.length, 10)
})

test('a filter counts what it dropped', async () => {
  const { outputs, report } = await runNumbers(upTo(100), numbers => ({ kept: numbers.filter(n => n % 4 === 0).work('kept', n => n) }))
  assert.deepEqual(sorted(outputs.kept), upTo(100).filter(n => n % 4 === 0))
  const { in: read, done, dropped, out } = report.stages['kept']!
  assert.deepEqual({ read, done, dropped, out }, { read: 100, done: 25, dropped: 75, out: 25 })
})

test('an item that matches two routes goes to both, and one that matches none is a failure', async () => {
  const { outputs, failures } = await runNumbers(upTo(7), numbers => {
    const { even, third } = numbers.split({ even: n => n % 2 === 0, third: n => n % 3 === 0 })
    return { even: even.work('evens', n => n), third: third.work('thirds', n => n) }
  })
  assert.deepEqual(sorted(outputs.even), [0, 2, 4, 6])
  assert.deepEqual(sorted(outputs.third), [0, 3, 6])
  assert.deepEqual(failures.map(({ item, reason }) => [item, reason]), [[1, 'no-route'], [5, 'no-route']])
  assert.match(failures[0]!.error.message, /'even', 'third'/)
})

test('a default route takes what no other does', async () => {
  const { outputs, failures } = await runNumbers(upTo(7), numbers => {
    const { even, rest } = numbers.split({ even: n => n % 2 === 0 }, { default: 'rest' })
    return { even: even.work('evens', n => n), rest: rest.work('others', n => n) }
  })
  assert.deepEqual(sorted(outputs.even), [0, 2, 4, 6])
  assert.deepEqual(sorted(outputs.rest), [1, 3, 5])
  assert.equal(failures.length, 0)
})

test('a splitter whose only read route is not taken still reports an item without a route', async () => {
  const { failures } = await runNumbers(upTo(3), numbers => {
    const { zero } = numbers.split({ zero: n => n === 0, one: n => n === 1 })
    zero.work('zeros', n => n)
  })
  assert.deepEqual(failures.map(({ item, reason }) => [item, reason]), [[2, 'no-route']])
})

test('an item that matches no route is a failure where the first that reads one gathers parts of items', async () => {
  const { failures, report } = await runNumbers(upTo(7), numbers => {
    const { even } = numbers.split({ even: n => n % 2 === 0 })
    return { batches: even.flatMap(n => [n, n]).batch('pairs', { count: 4 }) }
  })
  assert.deepEqual(failures.map(({ stage, item, reason }) => [stage, item, reason]), [1, 3, 5].map(n => ['pairs parts', n, 'no-route']))
  assert.equal(report.outcome, 'completed-with-failures')
})

test('an operator may throw anything, and fails its item alone', async () => {
  const things: readonly unknown[] = [undefined, 'a text', Object.create(null), { get message() { throw new Error('no message') } }, new Proxy({}, { getPrototypeOf() { throw new Error('no prototype') } }), Symbol('thing')]
  const { outputs, failures } = await runNumbers(upTo(things.length + 1), numbers => ({
    out: numbers.map(n => { if (n < things.length) throw things[n]; return n }).work('work', n => n),
  }))
  assert.deepEqual(outputs.out, [things.length])
  assert.deepEqual(failures.map(({ item, reason }) => [item, reason]), things.map((_, n) => [n, 'permanent']))
})

test('an item stays in its shard, every time, and shards are even', async () => {
  const run = async (seed: number) => {
    const shardOf = new Map<number, string>()
    await runNumbers(upTo(4_000), numbers => {
      numbers.shard('quarters', { by: n => n, shards: 4 }).work('first', (n, { shard }) => { shardOf.set(n, shard!) }).work('second', (n, { shard }) => { assert.equal(shard, shardOf.get(n)) })
    }, { seed, faults: ['reorder'] })
    return shardOf
  }
  const [first, second] = [await run(1), await run(2)]
  assert.deepEqual([...first].toSorted(([a], [b]) => a - b), [...second].toSorted(([a], [b]) => a - b))
  const sizes = [...Map.groupBy(first.values(), shard => shard).values()].map(({ length }) => length)
  assert.equal(sizes.length, 4)
  for (const size of sizes) assert.ok(size > 900 && size < 1_100, `a shard of ${size}`)
})

test('a shard that is paused in the file keeps its items, and the others finish', async () => {
  const worked: string[] = []
  const { report } = await runNumbers(upTo(40), numbers => {
    numbers.shard('halves', { by: n => n, shards: { north: {}, south: { paused: true } } }).work('work', (_, { shard }) => { worked.push(shard!) })
  })
  assert.deepEqual([...new Set(worked)], ['north'])
  assert.equal(report.outcome, 'stopped')
  assert.match(report.reasons.join(), /'south'/)
})

test('one busy input cannot starve the other', async () => {
  const order: string[] = []
  const merged = pipeline('merge', flow => {
    const both = flow.merge('both', [flow.source('busy', items<string>([])), flow.source('quiet', items<string>([]))])
    both.work('work', item => { order.push(item) }, { concurrency: 1 })
  })
  await simulate(merged, { given: [given('busy', upTo(5_000).map(() => 'busy')), given('quiet', upTo(50).map(() => 'quiet'))] })
  assert.equal(order.length, 5_050)
  assert.ok(order.lastIndexOf('quiet') < 1_000, `the last of 50 was number ${order.lastIndexOf('quiet')}`)
})

test('high, normal and low priority are worked on as 16 to 4 to 1, and none starves', async () => {
  const order: string[] = []
  const priorities = ['high', 'normal', 'low'] as const
  await runNumbers(upTo(6_300), numbers => {
    const all = numbers.work('prepare', n => n).barrier('all there')
    all.work('work', n => { order.push(priorities[n % 3]!) }, { priority: n => priorities[n % 3]!, concurrency: 1 })
  })
  const early = order.slice(0, 840)
  const share = (priority: string) => early.filter(each => each === priority).length
  assert.ok(Math.abs(share('high') - 640) <= 80, `${share('high')} high`)
  assert.ok(Math.abs(share('normal') - 160) <= 40, `${share('normal')} normal`)
  assert.ok(share('low') >= 20 && share('low') <= 80, `${share('low')} low`)
  assert.equal(order.length, 6_300)
})

test('a stage paused in the middle keeps what it had taken, and goes on when it is resumed', async () => {
  const { world, client } = worldWithClient()
  const worked: number[] = []
  const running = await world.until(client.begin(overNumbers(numbers => {
    numbers.work('first', n => n).work('work', async n => {
      worked.push(n)
      await new Promise<void>(resolve => world.clock.after(10, resolve))
    }, { concurrency: 2 })
    numbers.work('other', () => new Promise<void>(resolve => world.clock.after(60_000, resolve)), { concurrency: 1_000 })
  }, upTo(100)), {}, false))
  await world.sleep(200)
  await command(world, 'pause')
  await world.sleep(1_000)
  const before = worked.length
  assert.ok(before > 0 && before < 100)
  await world.sleep(10_000)
  assert.equal(worked.length, before)
  await command(world, 'resume')
  const { outcome } = await world.until(running.finished)
  assert.equal(outcome, 'completed')
  assert.deepEqual(sorted(worked), upTo(100))
  world.clock.stop()
})

test('a run of which nothing goes on but a paused stage stops, and the same command goes on after the pause', async () => {
  const { world, client } = worldWithClient()
  const worked: number[] = []
  const pausing = overNumbers(numbers => {
    numbers.work('first', n => n).work('work', async n => {
      worked.push(n)
      if (n === 10) void command(world, 'pause')
      await new Promise<void>(resolve => world.clock.after(10, resolve))
    }, { concurrency: 2 })
  }, upTo(100))
  const report = await world.until(client.run(pausing))
  assert.equal(report.outcome, 'stopped')
  assert.match(report.reasons.join(), /'work' is paused/)
  assert.ok(worked.length < 100)
  await world.until(pauseIn(world.process().log, 'work', undefined, false))
  assert.equal((await world.until(client.run(pausing))).outcome, 'completed')
  assert.deepEqual(sorted(worked), upTo(100))
  world.clock.stop()
})

async function command(world: World, kind: 'pause' | 'resume'): Promise<void> {
  const { log } = world.bystander()
  await say(log, { id: kind, pipeline: 'test', stage: 'work', kind })
}

test('an empty source is a complete run', async () => {
  const { report, outputs } = await runNumbers([], numbers => ({ out: numbers.work('work', n => n) }))
  assert.equal(report.outcome, 'completed')
  assert.equal(report.balanced, true)
  assert.deepEqual(outputs.out, [])
})

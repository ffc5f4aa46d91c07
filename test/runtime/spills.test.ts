// A shard whose workers fail gives its items to the others, and gets its own again when it recovers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inChunks, items, pipeline, PlanError, count, type Context, type ShardOptions } from '../../src/index.ts'
import { simulate } from '../../src/testing/simulate.ts'
import { World } from '../../src/testing/world.ts'
import { upTo } from './running.ts'

interface Attempt {
  readonly item: number
  readonly shard: string
  readonly attempt: number
  readonly at: number
}

type Fault = (item: number, context: Context, at: number) => void
const shards = { a: {}, b: {}, c: {}, d: {} }
const second = 1_000

/** A pipeline of four shards, each of whose attempts takes a second, and what was attempted in it. */
function scene(numbers: number, fails: Fault, { attempts = 3, ...options }: { attempts?: number } & Partial<ShardOptions<number>> = {}) {
  const messages: string[] = []
  const made: Attempt[] = []
  const world = new World({ onMessage: ({ message }) => messages.push(message) })
  const tested = pipeline('test', flow => {
    const first = flow.source('numbers', items(upTo(numbers))).shard('shards', { by: n => n, shards, ...options })
      .work('work', async (item, context) => {
        const at = world.clock.monotonic()
        made.push({ item, shard: context.shard!, attempt: context.attempt, at })
        await new Promise<void>(resolve => world.clock.after(second, resolve))
        fails(item, context, at)
        return item
      }, { concurrency: 8, attempts })
    return { done: first, homes: first.work('home', (item, { shard }) => ({ item, shard })) }
  })
  const client = world.client()
  return { world, made, messages, client, tested, run: () => world.until(client.run(tested)) }
}

async function listed(values: AsyncIterable<any>): Promise<readonly any[]> {
  const list: any[] = []
  for await (const value of values) list.push(value)
  return list
}

const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b)
const brokenIn = (shard: string): Fault => (item, context) => { if (context.shard === shard) throw new Error(`${shard} is broken`) }

test('items of a shard whose workers fail are done by the others, each once, and stay in their shard behind it', async () => {
  const { made, messages, run, world, client } = scene(800, brokenIn('a'))
  const report = await run()
  assert.deepEqual([report.outcome, report.balanced, report.stages['work']!.failed], ['completed', true, 0])
  assert.deepEqual(sorted(await listed(report.read('done'))), upTo(800))
  const turned = made.findIndex(({ at }, index) => index > 0 && at > 0 && made.slice(0, index).filter(each => each.shard === 'a').length >= 20)
  const later = made.slice(turned + 8)
  assert.ok(later.filter(({ shard }) => shard === 'a').length < 60, 'the broken shard was only probed')
  const homes = new Map((await listed(report.read('homes'))).map(({ item, shard }) => [item, shard as string]))
  const began = new Map(made.toReversed().map(({ item, shard }) => [item, shard]))
  assert.deepEqual(new Set(homes.values()), new Set(['a', 'b', 'c', 'd']))
  assert.ok([...homes].filter(([, shard]) => shard !== 'a').every(([item, shard]) => began.get(item) === shard))
  assert.match(messages[0]!, /^shard 'a' is unhealthy: \d+ of its last \d+ attempts failed, and other shards do well; its items go to them until it recovers$/)
  const moved = [...homes].find(([item, shard]) => shard === 'a' && began.get(item) !== 'a')![0]
  const steps = await client.trace(`numbers:0:${moved}`)
  assert.match(steps.map(({ event }) => event).join(', '), /given to shard '[bcd]'.*done/)
  world.clock.stop()
})

test('a shard that recovers gets its new items again', async () => {
  const { made, messages, run, world } = scene(2_000, (item, context, at) => { if (at < 40 * second) brokenIn('a')(item, context, at) })
  const report = await run()
  assert.deepEqual([report.outcome, report.balanced], ['completed', true])
  assert.match(messages.at(-1)!, /^shard 'a' has recovered/)
  const since = made.findIndex(({ at }) => at > 70 * second)
  assert.ok(since > 0)
  assert.ok(made.slice(since).filter(({ shard }) => shard === 'a').length > 50)
  world.clock.stop()
})

test('items that fail wherever they run stay in their shard, and only a few of them move', async () => {
  const own = new Set<number>()
  const learning = scene(400, (item, { shard }) => { if (shard === 'a') own.add(item) }, { spillAbove: 'never' })
  await learning.run()
  learning.world.clock.stop()
  const { made, messages, run, world } = scene(400, item => { if (own.has(item)) throw new Error('bad item') })
  const report = await run()
  assert.equal(report.stages['work']!.failed, own.size)
  assert.deepEqual(messages.map(message => message.split(/ is | keeps /)[1]!.slice(0, 9)), ['unhealthy', 'its items'])
  const moved = new Set(made.filter(({ item, shard }) => own.has(item) && shard !== 'a').map(({ item }) => item))
  assert.ok(moved.size > 0 && moved.size <= 40, `${moved.size} of ${own.size} moved`)
  for (const item of own) assert.ok(made.filter(each => each.item === item).length <= 4, `item ${item}`)
  world.clock.stop()
})

test('where most shards fail nothing moves', async () => {
  const { messages, run, world } = scene(400, item => { if (item % 10 < 8) throw new Error('bad item') }, { attempts: 2 })
  const report = await run()
  assert.equal(report.stages['work']!.failed, 320)
  assert.deepEqual(messages, [])
  world.clock.stop()
})

test("with spillAbove 'never' items stay, and fail", async () => {
  const { made, run, world } = scene(200, brokenIn('a'), { spillAbove: 'never' })
  const report = await run()
  assert.ok(report.stages['work']!.failed > 20)
  assert.equal(new Set(made.filter(({ shard }) => shard === 'a').map(({ item }) => item)).size, report.stages['work']!.failed)
  world.clock.stop()
})

test('a probe that fails costs its item no attempt', async () => {
  const { made, run, world } = scene(800, brokenIn('a'))
  const report = await run()
  assert.equal(report.outcome, 'completed')
  const probes = made.filter(({ shard, at }) => shard === 'a' && at > 12 * second)
  assert.ok(probes.length >= 2)
  for (const { item, at } of probes) assert.deepEqual(made.filter(each => each.item === item && each.at > at).map(({ attempt }) => attempt), [made.find(each => each.item === item && each.at === at)!.attempt])
  world.clock.stop()
})

test('a paused shard neither spills nor is given anything', async () => {
  const { made, run, world } = scene(400, brokenIn('a'), { shards: { a: {}, b: { paused: true }, c: {}, d: {} } })
  const report = await run()
  assert.deepEqual([report.outcome, report.reasons], ['stopped', ["shard 'b' of 'work' is paused in the pipeline file", "shard 'b' of 'home' is paused in the pipeline file"]])
  assert.ok(made.every(({ shard }) => shard !== 'b'))
  world.clock.stop()
})

test('workers that take chunks spill too', async () => {
  const chunked = pipeline('test', flow => ({
    done: flow.source('numbers', items(upTo(5_000))).shard('shards', { by: n => n, shards })
      .work('work', inChunks<number, number>((numbers, { shard }) => {
        if (shard === 'a') throw new Error('a is broken')
        return numbers.map(n => n)
      }, { size: 10 })),
  }))
  const { outputs, report } = await simulate(chunked)
  assert.deepEqual([sorted(outputs.done), report.balanced, report.outcome], [upTo(5_000), true, 'completed'])
})

test('what needs an order rules it out', async () => {
  const refused = (options: Partial<ShardOptions<number>>) => simulate(pipeline('test', flow => {
    flow.source('numbers', items(upTo(3))).shard('shards', { by: n => n, shards: 2, ...options }).work('work', n => n).keyBy(n => n).reduce('counts', count())
  }))
  await assert.rejects(refused({ spillAbove: '40%' }), (error: unknown) => error instanceof PlanError && error.message.startsWith("sharder 'shards': spillAbove is '40%', but 'counts' behind it"))
  await refused({})
  await refused({ spillAbove: 'never' })
})

test('a crash at any commit of a spill loses nothing and doubles nothing', async () => {
  const tested = pipeline('test', flow => {
    const done = flow.source('numbers', items(upTo(64))).shard('shards', { by: n => n, shards: 2 })
      .work('work', async (n, { shard }) => {
        if (shard === '0') throw new Error('0 is broken')
        return n
      }, { concurrency: 12, attempts: 4 })
    return { done, behind: done.work('behind', n => n) }
  })
  const messages: string[] = []
  const clean = await simulate(tested, { onMessage: ({ message }) => messages.push(message) })
  const { commits } = clean.world.faults
  assert.ok(commits > 12, String(commits))
  assert.match(messages[0]!, /^shard '0' is unhealthy/)
  for (let commit = 0; commit < commits; commit++) {
    for (const when of ['before', 'after'] as const) {
      const { outputs, report } = await simulate(tested, { crashAt: { commit, when } })
      assert.deepEqual([sorted(outputs.done), sorted(outputs.behind), report.outcome, report.balanced], [upTo(64), upTo(64), 'completed', true], `${when} commit ${commit}`)
    }
  }
})

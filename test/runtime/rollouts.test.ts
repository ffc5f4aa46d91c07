// A new worker takes one shard after the other, and goes back where its failures rise.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { items, PermanentError, pipeline, type Context, type ShardedWorkOptions, type Worker } from '../../src/index.ts'
import { pauseIn } from '../../src/client/commands.ts'
import { say } from '../../src/runtime/commands.ts'
import { simulate } from '../../src/testing/simulate.ts'
import { World } from '../../src/testing/world.ts'
import { upTo } from './running.ts'

interface Attempt {
  readonly item: number
  readonly shard: string
  readonly version: 'old' | 'new'
  readonly attempt: number
  readonly at: number
}

type Fault = (item: number, context: Context) => void
const shards = { a: {}, b: {}, c: {}, d: {} }

/** A pipeline of four shards, each of whose attempts takes a second, and what was attempted in it. */
function scene(count: number, rollout: Partial<NonNullable<ShardedWorkOptions<number, number>['rollout']>>, { fails = () => {}, failsOld = () => {}, attempts = 3 }: { fails?: Fault; failsOld?: Fault; attempts?: number } = {}) {
  const messages: string[] = []
  const made: Attempt[] = []
  const world = new World({ onMessage: ({ message }) => messages.push(message) })
  const worker = (version: Attempt['version'], fault: Fault): Worker<number, number> => async (item, context) => {
    made.push({ item, version, shard: context.shard!, attempt: context.attempt, at: world.clock.monotonic() })
    await new Promise<void>(resolve => world.clock.after(1_000, resolve))
    fault(item, context)
    return item
  }
  const [replacing, replaced] = [worker('new', fails), worker('old', failsOld)]
  const tested = pipeline('test', flow => ({
    done: flow.source('numbers', items(upTo(count))).shard('shards', { by: n => n, shards, spillAbove: 'never' })
      .work('work', replacing, { concurrency: 4, attempts, rollout: { from: replaced, ...rollout } }),
  }))
  const run = () => world.until(world.client().run(tested))
  return { world, made, messages, run, tested }
}

async function listed(values: AsyncIterable<any>): Promise<readonly any[]> {
  const list: any[] = []
  for await (const value of values) list.push(value)
  return list.toSorted((a, b) => a - b)
}

const failing: Fault = item => { throw new Error(`bad version at ${item}`) }

test('one shard after the other runs the new worker, in the order given, each after the one before has soaked', async () => {
  const { made, messages, run, world } = scene(1_200, { soak: '1m', order: ['c'] })
  const report = await run()
  const began = ['c', 'a', 'b', 'd'].map(shard => made.find(each => each.shard === shard && each.version === 'new')!.at)
  assert.ok(began[0]! < 10_000)
  for (const index of [1, 2, 3]) assert.ok(began[index]! - began[index - 1]! >= 60_000, began.join(', '))
  for (const shard of Object.keys(shards)) {
    const versions = made.filter(each => each.shard === shard).map(({ version }) => version)
    assert.equal(versions.lastIndexOf('old') < versions.indexOf('new'), true, `shard ${shard} went back`)
  }
  assert.deepEqual(messages.map(message => message.split(/[:;]/)[0]), ["shard 'c' runs the new worker", "shard 'a' runs the new worker", "shard 'b' runs the new worker", "shard 'd' runs the new worker", 'the rollout is done'])
  assert.deepEqual([report.outcome, report.balanced, await listed(report.read('done'))], ['completed', true, upTo(1_200)])
  world.clock.stop()
})

test('a shard that gets few items soaks until it has finished twenty, or until nothing more comes to it', async () => {
  const { made, run, world } = scene(120, { soak: '1s' })
  await run()
  const before = (shard: string, next: string) => made.filter(each => each.shard === shard && each.version === 'new' && each.at + 1_000 <= made.find(other => other.shard === next && other.version === 'new')!.at).length
  const isOver = (shard: string, next: string) => made.filter(each => each.shard === shard).every(each => each.at < made.find(other => other.shard === next && other.version === 'new')!.at)
  assert.ok(before('a', 'b') >= 20 || isOver('a', 'b'))
  assert.ok(made.some(each => each.shard === 'b' && each.version === 'new'))
  world.clock.stop()
})

test('a version that fails is rolled back, no item is lost, and every one has all its attempts under the old worker', async () => {
  const { made, messages, run, world } = scene(400, { soak: '1m' }, { fails: failing, attempts: 1 })
  const report = await run()
  assert.deepEqual([report.outcome, report.balanced, await listed(report.read('done'))], ['completed', true, upTo(400)])
  const bad = made.filter(({ version }) => version === 'new')
  assert.ok(bad.length >= 5 && bad.length <= 5 + 4, `${bad.length} attempts under the new worker`)
  assert.deepEqual(new Set(bad.map(({ shard }) => shard)), new Set(['a']))
  assert.deepEqual(made.filter(({ version }) => version === 'old').filter(({ attempt }) => attempt !== 1), [])
  assert.equal(report.stages['work']!.retried, bad.length)
  assert.match(messages.at(-1)!, /^the rollout was rolled back: 5 of the last 5 attempts in shard 'a' failed under the new worker, 0 of \d+ under the old one/)
  world.clock.stop()
})

test('a version that says never is not believed while it is on trial', async () => {
  const { run, world } = scene(100, {}, { fails: () => { throw new PermanentError('never') }, attempts: 1 })
  assert.equal((await run()).outcome, 'completed')
  world.clock.stop()
})

test('a shard that soaked well and fails later takes all moved shards back', async () => {
  let finished = 0
  const { made, messages, run, world } = scene(1_200, { soak: '10s', rollBackAbove: '10%' }, { fails: (item, { shard }) => { if (shard === 'a' && ++finished > 60) failing(item, undefined as never) } })
  const report = await run()
  assert.equal(report.outcome, 'completed')
  const since = made.findLastIndex(({ version }) => version === 'new')
  assert.ok(new Set(made.filter(({ version }) => version === 'new').map(({ shard }) => shard)).size > 1)
  assert.ok(made.length - since > 100, 'it was rolled back at the end only')
  assert.match(messages.at(-1)!, /rolled back/)
  world.clock.stop()
})

test('failures of the items, under either worker alike, roll nothing back', async () => {
  const fault: Fault = item => { if (item % 4 === 0) throw new Error('bad item') }
  const { made, messages, run, world } = scene(600, { soak: '10s' }, { fails: fault, failsOld: fault, attempts: 2 })
  const report = await run()
  assert.equal(report.stages['work']!.failed, 150)
  assert.match(messages.at(-1)!, /the rollout is done/)
  assert.equal(made.filter(({ item, version }) => item === 0 && version === 'old').length, 2, 'all its attempts under the old worker')
  world.clock.stop()
})

test('what was rolled back stays so in the next runs, until it is resumed', async () => {
  const { made, run, world } = scene(100, { soak: '1s' }, { fails: failing })
  await run()
  made.length = 0
  await run()
  assert.ok(made.every(({ version }) => version === 'old'))
  await world.until(pauseIn(world.bystander().log, 'work', undefined, false))
  made.length = 0
  await run()
  assert.ok(made.some(({ version }) => version === 'new'))
  world.clock.stop()
})

test('what was rolled back begins anew at once when a run that goes on is resumed', async () => {
  const { made, messages, world, tested } = scene(400, { soak: '1s' }, { fails: failing })
  const client = world.client()
  const running = await world.until(client.begin(tested, {}, false))
  await world.sleep(30_000)
  assert.match(messages.at(-1)!, /rolled back/)
  const before = made.filter(({ version }) => version === 'new').length
  await world.until(say(world.bystander().log, { kind: 'resume', id: 'again', stage: 'work' }))
  await world.until(running.finished)
  assert.ok(made.filter(({ version }) => version === 'new').length > before)
  world.clock.stop()
})

test('a crash at any commit of a rollout changes nothing of what comes out', async () => {
  const fails: Fault = item => { if (item % 5 === 0) throw new Error('once') }
  const tested = pipeline('test', flow => ({
    done: flow.source('numbers', items(upTo(60))).shard('shards', { by: n => n, shards: 2, spillAbove: 'never' })
      .work('work', async (item, context) => { fails(item, context); return item }, { concurrency: 2, attempts: 1, rollout: { from: async n => n, soak: '1s', rollBackAbove: '15%' } }),
  }))
  const clean = await simulate(tested)
  const { commits } = clean.world.faults
  assert.ok(commits >= 8, String(commits))
  assert.ok(clean.report.stages['work']!.retried >= 5)
  for (let commit = 0; commit < commits; commit++) {
    for (const when of ['before', 'after'] as const) {
      const { outputs, report } = await simulate(tested, { crashAt: { commit, when } })
      assert.deepEqual([outputs['done'].toSorted((a, b) => a - b), report.outcome, report.balanced], [upTo(60), 'completed', true], `${when} commit ${commit}`)
    }
  }
})

// A store that fails a commit, or is late with it: the run ends with its error, loses nothing, and the same command goes on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Commit, Log } from '../../src/log.ts'
import { PermanentError, items, pipeline } from '../../src/index.ts'
import { LogError } from '../../src/model/errors.ts'
import { World } from '../../src/testing/world.ts'
import { listOf, sorted, upTo } from './running.ts'

/** What becomes of a commit: 'late' comes to the store a second after it was asked for. */
type Fate = 'made' | 'fails' | 'late'

function wait(world: World, ms: number): Promise<void> {
  return new Promise(resolve => world.clock.after(ms, resolve))
}

function clientWhere(world: World, fateOf: (commit: Commit) => Fate) {
  const process = world.process()
  const commit = async (given: Commit) => {
    const fate = fateOf(given)
    if (fate === 'fails') throw new LogError('EIO', 'the disk of this test failed')
    if (fate === 'late') await wait(world, 1_000)
    return process.log.commit(given)
  }
  const log = new Proxy<Log>(process.log, { get: (target, name) => (name === 'commit' ? commit : Reflect.get(target, name)) })
  return world.client({ log, clock: process.clock })
}

const isRedrive = ({ progress }: Commit) => progress.some(({ subscription }) => subscription.endsWith('/redrive'))
const noteOfEnd = ({ state }: Commit) => state.some(({ store, value }) => store.endsWith('/runs') && value?.includes('"isClosed":true'))

/** Stops at a barrier; when it is mended the same command sends the failures back as it starts. */
function shutByFailures(isMended: () => boolean) {
  return pipeline('test', flow => {
    const failing = (bad: number) => (n: number) => { if (n === bad && !isMended()) throw new PermanentError('not mended') }
    return { out: flow.source('numbers', items(upTo(6))).work('first', failing(1)).work('second', failing(2)).barrier('all').work('behind', n => n) }
  })
}

test('after a commit that failed a stage makes no other: what that one held is done again, not lost', async () => {
  const world = new World({ isVirtual: true })
  const slow = pipeline('test', flow => ({
    out: flow.source('numbers', items(upTo(10))).work('work', async n => {
      await wait(world, 150 * n)
      return n
    }, { concurrency: 10 }),
  }))
  let commits = 0
  // While its end is noted, the rest of its items are done.
  const failing = clientWhere(world, commit => (noteOfEnd(commit) ? 'late' : commit.progress.length + commit.appends.length > 0 && commit.state.some(({ key }) => key === 'work') && ++commits === 2 ? 'fails' : 'made'))
  await assert.rejects(world.until(failing.run(slow)), { code: 'EIO' })
  assert.ok(commits >= 2)
  const report = await world.until(world.client().run(slow))
  assert.deepEqual(sorted(await listOf(report.read('out'))), upTo(10))
  assert.equal(report.balanced, true)
  world.clock.stop()
})

test('what is sent back as a run starts is worked on, however late the store is', async () => {
  const world = new World({ isVirtual: true })
  let isMended = false
  const run = shutByFailures(() => isMended)
  assert.equal((await world.until(world.client().run(run))).outcome, 'stopped')
  isMended = true
  const report = await world.until(clientWhere(world, commit => (isRedrive(commit) ? 'late' : 'made')).run(run))
  assert.equal(report.outcome, 'completed', report.reasons.join())
  assert.deepEqual(sorted(await listOf(report.read('out'))), upTo(6))
  world.clock.stop()
})

test('a run whose failures cannot be sent back as it starts says why, and does not wait', async () => {
  const world = new World({ isVirtual: true })
  let isMended = false
  const run = shutByFailures(() => isMended)
  await world.until(world.client().run(run))
  isMended = true
  await assert.rejects(world.until(clientWhere(world, commit => (isRedrive(commit) ? 'fails' : 'made')).run(run)), { code: 'EIO' })
  const report = await world.until(world.client().run(run))
  assert.deepEqual(sorted(await listOf(report.read('out'))), upTo(6))
  world.clock.stop()
})

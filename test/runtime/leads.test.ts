// Who leads a run that several processes share, and what must not get lost where another takes the lead, or speaks for the run.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PermanentError, items, pipeline } from '../../src/index.ts'
import { clientOn } from '../../src/client/client.ts'
import { pauseIn, redriveIn } from '../../src/client/commands.ts'
import { inlineExecutor } from '../../src/executors/inline.ts'
import type { Commit, Log, News, Owner } from '../../src/log.ts'
import type { GroupOwnership } from '../../src/logs/memory/group-ownership.ts'
import { likeKafka, MemoryLog, MemoryStore } from '../../src/logs/memory/memory-log.ts'
import { generator } from '../../src/reducers/seeded-random.ts'
import { runsOf } from '../../src/runtime/control.ts'
import { withMethods } from '../../src/runtime/noted-log.ts'
import { World } from '../../src/testing/world.ts'
import { listOf, sorted, upTo } from './running.ts'

const isRedrive = ({ progress }: Commit) => progress.some(({ subscription }) => subscription.endsWith('/redrive'))

function scene() {
  const world = new World({ isVirtual: true, timersMax: 100_000 })
  const { clock } = world
  // By this chance a rebalance moves the lead.
  const store = new MemoryStore({ ...likeKafka, clock, random: () => 0, parts: 2 })
  const random = generator(7)
  return {
    world,
    log: () => new MemoryLog(store),
    client: (log: Log) => clientOn(log, { clock, random, executorFor: ({ worker }, capacity) => inlineExecutor(worker as never, capacity) }),
    moveLead: () => (store.ownership as GroupOwnership).rebalance('going/1'),
  }
}

/** A run that goes on until it is let, of which one item fails until it is mended. */
function going() {
  const gate = Promise.withResolvers<void>()
  const state = { isMended: false, letEnd: () => gate.resolve() }
  const run = pipeline('going', flow => {
    const numbers = flow.source('numbers', items(upTo(5)))
    const worked = numbers.work('work', n => { if (!state.isMended && n === 3) throw new PermanentError('bad'); return n })
    numbers.work('slow', () => gate.promise)
    return { out: worked.work('after', n => n) }
  })
  return { run, state }
}

/** A log that tells of what others commit only when it is let. */
function late(log: Log) {
  const held: (() => void)[] = []
  const news = {
    isHeld: false,
    tell: () => {
      news.isHeld = false
      for (const each of held.splice(0)) each()
    },
  }
  const follow = (listener: (of: News) => void) => log.follow!(of => { if (news.isHeld) held.push(() => listener(of)); else listener(of) })
  return { news, log: withMethods(log, { follow }) }
}

/** A log whose process takes a second over what it has to let go. */
function slowToLetGo(world: World, log: Log): Log {
  const revoking = (owner: Owner): Owner => ({
    ...owner,
    revoked: async partitions => {
      await new Promise<void>(resolve => world.clock.after(1_000, resolve))
      await owner.revoked(partitions)
    },
  })
  return withMethods(log, { join: (group, topics, owner) => log.join(group, topics, revoking(owner)) })
}

async function recordIn(log: Log) {
  return (await runsOf(log, 'going')).at(-1)!
}

test('a leader that hands over while it sends items back does not take back the round that began with them', async () => {
  const { world, log, client, moveLead } = scene()
  const { run, state } = going()
  const { news, log: own } = late(log())
  const first = client(withMethods(own, {
    commit: async given => {
      if (!isRedrive(given)) return own.commit(given)
      news.isHeld = true
      const appended = await own.commit(given)
      moveLead()
      await world.sleep(500)
      news.tell()
      return appended
    },
  }))
  const leading = await world.until(first.begin(run, {}, false))
  await world.sleep(2_000)
  const second = await world.until(client(log()).begin(run, {}, false))
  await world.sleep(2_000)
  const before = await world.until(recordIn(log()))
  state.isMended = true
  assert.deepEqual(await world.until(first.redrive('work')), { redriven: 1 })
  await world.sleep(2_000)
  const after = await world.until(recordIn(log()))
  assert.notEqual(after.leader, before.leader)
  assert.deepEqual([before.round, after.round], [1, 2])
  state.letEnd()
  const [report] = await world.until(Promise.all([leading.finished, second.finished]))
  assert.deepEqual(sorted(await world.until(listOf(report.read('out')))), upTo(5))
  world.clock.stop()
})

test('a new leader hears first what the one before has said: it does not take back a round', async () => {
  const { world, log, client, moveLead } = scene()
  const { run, state } = going()
  const first = client(log())
  const { news, log: other } = late(log())
  const leading = await world.until(first.begin(run, {}, false))
  await world.sleep(2_000)
  const second = await world.until(client(withMethods(other, {
    // Whatever was committed before is told of before the answer.
    get: async (store, keys) => {
      const found = await other.get(store, keys)
      news.tell()
      return found
    },
  })).begin(run, {}, false))
  await world.sleep(2_000)
  const before = await world.until(recordIn(log()))
  state.isMended = true
  news.isHeld = true
  assert.deepEqual(await world.until(first.redrive('work')), { redriven: 1 })
  moveLead()
  await world.sleep(2_000)
  const after = await world.until(recordIn(log()))
  assert.notEqual(after.leader, before.leader)
  assert.deepEqual([before.round, after.round], [1, 2])
  state.letEnd()
  const [, report] = await world.until(Promise.all([leading.finished, second.finished]))
  assert.deepEqual(sorted(await world.until(listOf(report.read('out')))), upTo(5))
  world.clock.stop()
})

test('who sends items back as another process begins asks that one, and says nothing for the run itself', async () => {
  const { world, log, client, moveLead } = scene()
  const { run, state } = going()
  const former = await world.until(client(log()).begin(run, {}, false))
  await world.sleep(2_000)
  await world.until(former.stop({ grace: '1s' }))
  const own = log()
  const said: Commit[] = []
  state.isMended = true
  const begin = () => client(slowToLetGo(world, log())).begin(run, {}, false)
  const begun: Awaited<ReturnType<typeof begin>>[] = []
  const redriven = await world.until(redriveIn(withMethods(own, {
    membersOf: async group => {
      const members = await own.membersOf(group)
      for (let count = 0; count < 2; count++) {
        begun.push(await begin())
        await world.sleep(2_000)
      }
      return members
    },
    join: (...given) => {
      // While one of the two gives it to the other.
      moveLead()
      return own.join(...given)
    },
    commit: given => {
      said.push(given)
      return own.commit(given)
    },
  }), 'going/work', {}, world.clock))
  assert.equal(redriven, 1)
  assert.deepEqual(said, [])
  state.letEnd()
  const [report] = await world.until(Promise.all(begun.map(({ finished }) => finished)))
  assert.deepEqual(sorted(await world.until(listOf(report!.read('out')))), upTo(5))
  world.clock.stop()
})

test('after a resume a leader waits anew for those that rest: they may not have heard of it yet', async () => {
  const { world, log, client } = scene()
  const begins = Promise.withResolvers<void>()
  const run = pipeline('going', flow => ({
    out: flow.source('numbers', items([1])).work('first', n => begins.promise.then(() => n)).work('second', n => n),
  }))
  const leading = await world.until(client(log()).begin(run, {}, false))
  await world.sleep(2_000)
  const { news, log: other } = late(log())
  await world.until(client(other).begin(run, {}, false))
  await world.sleep(2_000)
  await world.until(pauseIn(log(), 'going/second', undefined, true, world.clock))
  begins.resolve()
  await world.sleep(1_900)
  news.isHeld = true
  await world.until(pauseIn(log(), 'going/second', undefined, false, world.clock))
  // Longer than what is left of the time for which they have to rest.
  await world.sleep(2_500)
  news.tell()
  const report = await world.until(leading.finished)
  assert.equal(report.outcome, 'completed', report.reasons.join())
  assert.deepEqual(await world.until(listOf(report.read('out'))), [1])
  world.clock.stop()
})

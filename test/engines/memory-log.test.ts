// What the simulated log does beyond the contract: it dies, loses acknowledgements, rebalances, and does it all again from the same seed.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Commit } from '../../src/log.ts'
import { likeKafka, MemoryLog, MemoryStore, type MemoryStoreOptions } from '../../src/logs/memory/memory-log.ts'
import { FencedError, LogError } from '../../src/model/errors.ts'
import { Held } from '../../src/testing/log-conformance/held.ts'
import { append, commit, readToEnd, valuesOf } from '../../src/testing/log-conformance/scene.ts'
import { seeded } from './seeded.ts'
import { VirtualClock } from './virtual-clock.ts'

const id = { topic: 'orders', partition: 0 }

void describe('the simulated log', () => {
  void test('answers no call that was under way when its process was killed, and rejects later ones', async () => {
    const { clock, store } = simulated({ ...likeKafka })
    const log = await opened(store)
    const answers: string[] = []
    log.append(append(id, 'a')).then(() => answers.push('append'), () => answers.push('append'))
    log.read(id, 0).then(() => answers.push('read'), () => answers.push('read'))
    log.crash()
    await clock.pass(1_000)
    assert.deepEqual(answers, [])
    await assert.rejects(log.read(id, 0), { code: 'CRASHED' })
    await log.close()
  })

  void test('loses acknowledgements: the commit is stored as a whole or not at all, and its process is out', async () => {
    const outcomes = new Set<number>()
    for (let seed = 1; seed <= 20; seed++) {
      const { store } = simulated({ ownership: 'group', lostAcknowledgements: 1, random: seeded(seed) })
      const log = await opened(store)
      const held = new Held()
      await log.join('group', ['orders'], held)
      const made: Partial<Commit> = { appends: [append(id, 'a')], progress: [{ ...id, subscription: 'billing', mark: 1, done: [] }] }
      await assert.rejects(commit(log, held, made), { code: 'OUTCOME_UNKNOWN' })
      await assert.rejects(commit(log, held, {}), { code: 'OUTCOME_UNKNOWN' })
      const other = new MemoryLog(store)
      const progress = await other.progress('billing')
      assert.deepEqual(valuesOf(await readToEnd(other, id)), progress.map(() => 'a'))
      outcomes.add(progress.length)
    }
    assert.deepEqual(outcomes, new Set([0, 1]))
  })

  void test('a rebalance moves partitions and raises the epoch; each still has one owner', async () => {
    const { store } = simulated({ ownership: 'group' })
    const logs = [await opened(store, 6), new MemoryLog(store), new MemoryLog(store)]
    const members = logs.map(() => new Held())
    for (const [index, log] of logs.entries()) await log.join('group', ['orders'], members[index]!)
    let moved = 0
    for (let round = 0; round < 20; round++) {
      const [keys, epoch] = [members.map(({ keys }) => keys.join()), members[0]!.epoch]
      store.ownership.rebalance('group')
      moved += members.filter(({ keys: now }, index) => now.join() !== keys[index]).length
      assert.ok(members.every(member => member.epoch > epoch))
      assert.equal(new Set(members.flatMap(({ keys: now }) => now)).size, 6)
      assert.ok(members.every(({ faults }) => faults.length === 0))
    }
    assert.ok(moved > 0)
  })

  void test('refuses progress in a partition that another member owns, by name', async () => {
    const { store } = simulated({ ownership: 'group' })
    const [first, second] = [await opened(store, 2), new MemoryLog(store)]
    const [one, two] = [new Held(), new Held()]
    await first.join('group', ['orders'], one)
    await second.join('group', ['orders'], two)
    const { partition } = two.partitions[0]!
    await assert.rejects(commit(first, one, { progress: [{ topic: 'orders', partition, subscription: 'billing', mark: 1, done: [] }] }), { code: 'NOT_OWNER' })
  })

  void test('a zombie whose transaction had begun may still end it, and the new owner waits for that before it reads progress', async () => {
    const outcomes = new Set<number>()
    for (let seed = 1; seed <= 40; seed++) {
      const { clock, store } = simulated({ ...likeKafka, random: seeded(seed) })
      const log = await opened(store)
      const held = new Held()
      await log.join('group', ['orders'], held)
      while (held.partitions.length === 0) await clock.pass(10)
      commit(log, held, { progress: [{ ...id, subscription: 'billing', mark: 1, done: [] }] }).catch(() => {})
      await clock.pass(Math.floor(seed * 1.5))
      log.crash()
      const other = new MemoryLog(store)
      const [taken, before] = [new Held(), await other.progress('billing')]
      await other.join('group', ['orders'], taken)
      while (taken.partitions.length === 0) await clock.pass(10)
      const atTakeover = await other.progress('billing')
      await clock.pass(1_000)
      assert.deepEqual(await other.progress('billing'), atTakeover, 'nothing changes after the new owner has read')
      outcomes.add(atTakeover.length)
      assert.ok(before.length <= atTakeover.length)
    }
    assert.deepEqual(outcomes, new Set([0, 1]))
  })

  void test('the same seed is the same run, another seed is another', async () => {
    const [first, again, other] = [await trace(7), await trace(7), await trace(8)]
    assert.deepEqual(first, again)
    assert.notDeepEqual(first, other)
  })
})

function simulated(options: Partial<MemoryStoreOptions>) {
  const clock = new VirtualClock()
  return { clock, store: new MemoryStore({ clock, random: seeded(1), ...options }) }
}

async function opened(store: MemoryStore, partitions = 1): Promise<MemoryLog> {
  const log = new MemoryLog(store)
  await log.createTopics([{ name: 'orders', partitions, subscriptions: [] }])
  return log
}

/** When what was answered, told and refused. */
async function trace(seed: number): Promise<readonly string[]> {
  const { clock, store } = simulated({ ...likeKafka, random: seeded(seed) })
  const lines: string[] = []
  const note = (what: string) => lines.push(`${clock.now()} ${what}`)
  const logs = [await opened(store, 4), new MemoryLog(store), new MemoryLog(store)]
  const members = logs.map(() => new Held())
  for (const [index, log] of logs.entries()) {
    log.watch(({ partition }) => note(`${index} hears of ${partition}`))
    await log.join('group', ['orders'], members[index]!)
  }
  for (let round = 0; round < 60; round++) {
    const index = round % 3
    commit(logs[index]!, members[index]!, { appends: [append({ topic: 'orders', partition: round % 4 }, round)] })
      .then(([result]) => note(`${round} at ${result!.offset}`), (error: unknown) => note(`${round} ${error instanceof FencedError || error instanceof LogError ? error.code : String(error)}`))
    if (round === 20) store.ownership.rebalance('group')
    if (round === 40) logs[2]!.crash()
    await clock.pass(7)
  }
  await clock.pass(5_000)
  assert.ok(lines.some(line => line.endsWith('FENCED')))
  return lines
}

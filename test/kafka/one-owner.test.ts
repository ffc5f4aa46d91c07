// Who joins a group alone has all of it: what others are told, and who follows it.
import { deepEqual, equal, rejects } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import type { PartitionId } from '../../src/log.ts'
import { openKafka, type KafkaLog } from '../../src/logs/kafka/kafka-log.ts'
import { Held } from '../../src/testing/log-conformance/held.ts'
import { append, commit } from '../../src/testing/log-conformance/scene.ts'
import { needs } from '../needs.ts'
import { testBroker } from './broker.ts'

const id = { topic: 'orders', partition: 0 }

class Alone extends Held {
  override readonly shares: boolean = false
}

/** Says when it joins anew. */
class Rejoining extends Held {
  readonly #rejoins: (() => void)[] = []

  /** From now on. */
  get rejoins(): Promise<void> {
    return new Promise(resolve => this.#rejoins.push(resolve))
  }

  isBusy(): boolean {
    for (const resolve of this.#rejoins.splice(0)) resolve()
    return true
  }
}

/** Says when it has a partition: then the members have come to rest. */
class Given extends Held {
  readonly #something = Promise.withResolvers<void>()

  get something(): Promise<void> {
    return this.#something.promise
  }

  override assigned(partitions: readonly PartitionId[], epoch: number): void {
    super.assigned(partitions, epoch)
    if (partitions.length > 0) this.#something.resolve()
  }
}

const skip = needs('java')

async function logs(t: TestContext, count: number): Promise<readonly KafkaLog[]> {
  const address = `kafka://${await testBroker()}/${randomUUID()}?sessionTimeoutMs=5000`
  const opened = await Promise.all(Array.from({ length: count }, () => openKafka(address)))
  t.after(() => Promise.all(opened.map(log => log.close())))
  await opened[0]!.createTopics([{ name: 'orders', partitions: 3, subscriptions: [] }])
  return opened
}

test('a second process is refused with LOCKED, and the first keeps all its partitions and its epoch', { skip }, async t => {
  const [first, second] = await logs(t, 2) as [KafkaLog, KafkaLog]
  const held = new Alone()
  await first.join('run', ['orders'], held)
  const { epoch } = held
  await rejects(second.join('run', ['orders'], new Alone()), { code: 'LOCKED' })
  await rejects(second.join('run', [], new Alone()), { code: 'LOCKED' })
  equal(held.partitions.length, 3)
  await first.commit({ epoch, appends: [append(id, 'still the owner')], progress: [], state: [] })
  deepEqual(held.faults, [])
})

test('commits that others overtake with their joining are stored once, in their order', { skip }, async t => {
  const [first, second] = await logs(t, 2) as [KafkaLog, KafkaLog]
  const held = new Alone()
  await first.join('run', ['orders'], held)
  const { epoch } = held
  const numbers = Array.from({ length: 60 }, (_, number) => number)
  const disturbing = (async () => { for (let round = 0; round < 5; round++) await rejects(second.join('run', ['orders'], new Alone()), { code: 'LOCKED' }) })()
  for (const number of numbers) await first.commit({ epoch, appends: [append(id, number)], progress: [], state: [{ store: 'sums', key: 'last', value: String(number) }] })
  await disturbing
  deepEqual((await first.read(id, 0, { chunks: 1_000, bytes: 1e9 })).map(({ values }) => JSON.parse(values) as unknown), numbers.map(number => [number]))
  deepEqual(await second.get('sums', ['last']), [{ key: 'last', value: '59' }])
})

test('a member goes on committing while the group waits for the end of one that was killed', { skip }, async t => {
  const [first, second, third] = await logs(t, 3) as [KafkaLog, KafkaLog, KafkaLog]
  const [held, killed, late] = [new Rejoining(), new Given(), new Held()]
  await first.join('run', ['orders'], held)
  await second.join('run', ['orders'], killed)
  await killed.something
  const rejoins = held.rejoins
  second.vanish()
  const joined = third.join('run', ['orders'], late).then(() => 'joined')
  await rejoins
  equal(await Promise.race([commit(first, held, { appends: [append(id, 'meanwhile')] }).then(() => 'committed'), joined]), 'committed')
  await joined
  deepEqual((await third.read(id, 0)).map(({ values }) => values), ['["meanwhile"]'])
})

test('who comes after an owner that was killed is given all as soon as its session is over', { skip }, async t => {
  const [first, second] = await logs(t, 2) as [KafkaLog, KafkaLog]
  const [former, held] = [new Alone(), new Alone()]
  await first.join('run', ['orders'], former)
  await commit(first, former, { progress: [{ ...id, subscription: 'billing', mark: 5, done: [] }] })
  first.vanish()
  await second.join('run', ['orders'], held)
  equal(held.partitions.length, 3)
  deepEqual((await second.progress('billing')).map(({ mark }) => mark), [5])
})

test('what another process reads right after a commit was acknowledged is never older than the commit', { skip }, async t => {
  const [first, second] = await logs(t, 2) as [KafkaLog, KafkaLog]
  const held = new Alone()
  await first.join('run', ['orders'], held)
  for (let mark = 1; mark <= 50; mark++) {
    await commit(first, held, { appends: [append(id, mark)], progress: [{ ...id, subscription: 'billing', mark, done: [] }], state: [{ store: 'sums', key: 'last', value: String(mark) }] })
    const [[progress], [entry], [chunk]] = await Promise.all([second.progress('billing'), second.get('sums', ['last']), second.read(id, (mark - 1) * 2 * 65_536)])
    deepEqual([progress?.mark, entry?.value, chunk?.values], [mark, String(mark), `[${mark}]`])
  }
})

test('what was appended first to a topic that is seldom used is there for every process as soon as that was acknowledged', { skip }, async t => {
  const [first, second] = await logs(t, 2) as [KafkaLog, KafkaLog]
  for (let round = 1; round <= 10; round++) {
    const seldom = { topic: `seldom ${round}`, partition: 0 }
    await first.createTopics([{ name: seldom.topic, partitions: 1, subscriptions: [], isSeldomUsed: true }])
    deepEqual(await second.read(seldom, 0), [])
    await first.append(append(seldom, round))
    deepEqual((await second.read(seldom, 0)).map(({ values }) => values), [`[${round}]`])
  }
})

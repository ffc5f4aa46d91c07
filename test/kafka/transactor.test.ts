// Transactions as the brokers take them: the traps that a client of Kafka can fall into, each tried on a real broker.
import { deepEqual, equal } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { kafkaAddress } from '../../src/logs/kafka/address.ts'
import { kafkaClient, type Connection } from '../../src/logs/kafka/client.ts'
import { Cluster, type Asking, type Route } from '../../src/logs/kafka/cluster.ts'
import { codesOf, isProducerOut } from '../../src/logs/kafka/failures.ts'
import { fetchFrom } from '../../src/logs/kafka/fetch.ts'
import type { NewRecord } from '../../src/logs/kafka/records.ts'
import { chunkTopic, makeTopics } from '../../src/logs/kafka/topic-admin.ts'
import { transactionProtocol } from '../../src/logs/kafka/transaction-protocol.ts'
import { Transactor, type Outcome } from '../../src/logs/kafka/transactor.ts'
import { LogError } from '../../src/model/errors.ts'
import { needs } from '../needs.ts'
import { testBroker } from './broker.ts'

const transactionTimeoutMs = 10_000

/** The end of the first transaction is asked for, and nothing is heard of it. */
class LosesAnswer extends Cluster {
  isSent = true
  lost: () => Promise<void> = async () => {}
  #isEnding = false

  override ask<Answer>(route: Route, call: (connection: Connection) => Promise<Answer>, asking?: Asking): Promise<Answer> {
    return super.ask(route, async connection => {
      // Only the end of a transaction is watched for what fails.
      if (!asking?.onFailure || this.#isEnding) return call(connection)
      this.#isEnding = true
      if (this.isSent) await call(connection)
      await this.lost()
      throw new this.kafka.NetworkError('the answer is lost')
    }, asking)
  }
}

/** Its brokers have not agreed on the newer way of transactions. */
class TakesTheOlderWay extends Cluster {
  override async ask<Answer>(route: Route, call: (connection: Connection) => Promise<Answer>, asking?: Asking): Promise<Answer> {
    const answer = await super.ask(route, call, asking)
    return typeof answer === 'object' && answer !== null && 'finalizedFeatures' in answer ? { ...answer, finalizedFeatures: [] } : answer
  }
}

/** What is sent to leaders of partitions takes long. Tells in which order answers and questions came. */
class SendsSlowly extends Cluster {
  readonly happened: string[] = []

  override async ask<Answer>(route: Route, call: (connection: Connection) => Promise<Answer>, asking?: Asking): Promise<Answer> {
    if (route.to === 'group') this.happened.push('the group is asked')
    if (route.to === 'leader') await pause(200)
    const answer = await super.ask(route, call, asking)
    if (route.to === 'leader') this.happened.push('records are stored')
    return answer
  }
}

async function connected<Kind extends Cluster>(kind: new (...parameters: ConstructorParameters<typeof Cluster>) => Kind): Promise<Kind> {
  const { brokers, connection } = kafkaAddress(`kafka://${await testBroker()}`)
  return new kind(await kafkaClient(), { brokers, connection, clientId: 'transactor.test' })
}

for (const [way, Kind] of [['the newer way', Cluster], ['the older way', TakesTheOlderWay]] as const) void describe(`a transaction on Kafka, ${way}`, { skip: needs('java') }, () => {
  const topic = randomUUID()
  let cluster: Cluster

  before(async () => {
    cluster = await connected(Kind)
    equal((await transactionProtocol(cluster)).isAnnounced, Kind === TakesTheOlderWay)
    await makeTopics(cluster, [{ topic, partitions: 2, settings: chunkTopic }], -1)
  })

  after(() => cluster.stop(new LogError('CLOSED', 'the test is over')))

  void test('of a process that was restarted goes on, and that of its zombie is refused', async () => {
    const id = randomUUID()
    const [zombie, restarted] = [new Transactor(cluster, id, transactionTimeoutMs), new Transactor(cluster, id, transactionTimeoutMs)]
    equal((await run(zombie, 'before')).kind, 'committed')
    equal((await run(restarted, 'restarted')).kind, 'committed')
    const late = await run(zombie, 'late')
    equal(late.kind === 'aborted' && isProducerOut(codesOf(late.error)), true)
    equal((await run(restarted, 'again')).kind, 'committed')
    deepEqual((await values(0)).slice(-3), ['before', 'restarted', 'again'])
  })

  void test('that is open is ended by who begins under its id, and none of it is read', async () => {
    const id = randomUUID()
    const open = new Transactor(cluster, id, transactionTimeoutMs)
    // A group nobody is a member of: the transaction is refused after its records were sent.
    const { kind } = await open.run({ records: [record('half')], groups: [{ group: randomUUID(), member: 'nobody', generation: 7, offsets: [{ topic, partition: 0, offset: 0 }] }] })
    equal(kind, 'aborted')
    equal((await run(new Transactor(cluster, id, transactionTimeoutMs), 'whole')).kind, 'committed')
    deepEqual((await values(0)).slice(-1), ['whole'])
    equal((await values(0)).includes('half'), false)
  })

  void test('is seen in every partition, and the next begins though the end of the one before is not written everywhere yet', async () => {
    const transactor = new Transactor(cluster, randomUUID(), transactionTimeoutMs)
    for (let round = 0; round < 20; round++) {
      const outcome = await transactor.run({ records: [record(`left ${round}`), record(`right ${round}`, 1)], groups: [] })
      equal(outcome.kind, 'committed')
    }
    for (const [partition, name] of [[0, 'left'], [1, 'right']] as const) {
      deepEqual((await values(partition)).filter(value => value.startsWith(name)), Array.from({ length: 20 }, (_, round) => `${name} ${round}`))
    }
  })

  void test('whose answer is lost says so when another begins under its id before it can ask again, whether it was stored or not', async t => {
    for (const isSent of [true, false]) {
      const id = randomUUID()
      const other = new Transactor(cluster, id, transactionTimeoutMs)
      const losing = await connected(LosesAnswer)
      t.after(() => losing.stop(new LogError('CLOSED', 'the test is over')))
      losing.isSent = isSent
      losing.lost = () => other.begin()
      const { kind } = await run(new Transactor(losing, id, transactionTimeoutMs), `lost, ${isSent ? 'stored' : 'not stored'}`)
      equal(kind, 'unknown')
    }
    deepEqual((await values(0)).filter(value => value.startsWith('lost')), ['lost, stored'])
  })

  void test('proves its membership only after its records are stored: else its successor, who looks at what is stored, would not know that they come', async t => {
    const slow = await connected(SendsSlowly)
    t.after(() => slow.stop(new LogError('CLOSED', 'the test is over')))
    const groups = [{ group: randomUUID(), member: 'nobody', generation: 7, offsets: [{ topic, partition: 0, offset: 0 }] }]
    const { kind } = await new Transactor(slow, randomUUID(), transactionTimeoutMs).run({ records: [record('proved'), record('proved', 1)], groups })
    equal(kind, 'aborted')
    deepEqual(slow.happened, ['records are stored', 'the group is asked'])
  })

  async function run(transactor: Transactor, value: string): Promise<Outcome> {
    return transactor.run({ records: [record(value)], groups: [] })
  }

  function record(value: string, partition = 0): NewRecord {
    return { topic, partition, value, at: 0 }
  }

  /** All that can be read, when nothing is open any more. */
  async function values(partition: number): Promise<readonly string[]> {
    const found: string[] = []
    for (let offset = 0; ;) {
      const fetched = await fetchFrom(cluster, { topic, partition, offset, bytesMax: 1_000_000, lane: 'read', waitMs: 100 })
      found.push(...fetched!.records.map(({ value }) => value!.toString()))
      offset = fetched!.next
      if (offset >= fetched!.end) return found
    }
  }
})

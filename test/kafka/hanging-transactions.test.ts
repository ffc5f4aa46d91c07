// Transactions that hang, as a broker leaves them that lost their end: made on a real broker that does not verify to whom records belong, so that records can come after the end.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { PartitionId } from '../../src/log.ts'
import { kafkaAddress } from '../../src/logs/kafka/address.ts'
import { kafkaClient, type Connection } from '../../src/logs/kafka/client.ts'
import { Cluster } from '../../src/logs/kafka/cluster.ts'
import { fetchFrom } from '../../src/logs/kafka/fetch.ts'
import { HangingTransactions } from '../../src/logs/kafka/hanging-transactions.ts'
import { produce } from '../../src/logs/kafka/produce.ts'
import type { Producer } from '../../src/logs/kafka/records.ts'
import { chunkTopic, makeTopics } from '../../src/logs/kafka/topic-admin.ts'
import { transactionProtocol, type TransactionProtocol } from '../../src/logs/kafka/transaction-protocol.ts'
import { Transactor } from '../../src/logs/kafka/transactor.ts'
import { LogError } from '../../src/model/errors.ts'
import { needs } from '../needs.ts'
import { startBroker, type Broker } from './broker-process.ts'

const openMsMax = 300
const timeoutMs = 10_000
const patienceMs = 30_000
const elsewhere = 'elsewhere'

void describe('a transaction that hangs on Kafka', { skip: needs('java') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-hanging-'))
  const troubles: LogError[] = []
  let broker: Broker
  let cluster: Cluster
  let protocol: TransactionProtocol

  before(async () => {
    broker = await startBroker(folder, undefined, { properties: { 'transaction.partition.verification.enable': 'false' } })
    const { brokers, connection } = kafkaAddress(`kafka://${broker.address}`)
    cluster = new Cluster(await kafkaClient(), { brokers, connection, clientId: 'hanging.test' })
    await makeTopics(cluster, [{ topic: elsewhere, partitions: 1, settings: chunkTopic }], -1)
    protocol = await transactionProtocol(cluster)
  })

  after(async () => {
    cluster.stop(new LogError('CLOSED', 'the test is over'))
    await broker.kill()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const isCommitted of [false, true]) {
    const said = isCommitted ? 'committed' : 'aborted'

    void test(`in the ledger is ${said} where its coordinator has ${said} it`, async () => {
      const { topic, transactionalId, producer } = await begun()
      await endElsewhere(transactionalId, producer, isCommitted)
      await write(topic, transactionalId, producer, 'hangs')
      await goesOn(topic, watching({ ledger: topic }))
      deepEqual(await readAll(topic, 0), isCommitted ? ['before', 'hangs', 'behind'] : ['before', 'behind'])
    })

    void test(`in all other partitions is ${said} where the ledger says so, whatever the producer did since`, async () => {
      const { topic, transactionalId, producer } = await begun()
      await write(topic, transactionalId, producer, 'hangs', 1)
      await write(topic, transactionalId, producer, 'hangs')
      const next = await endElsewhere(transactionalId, producer, true)
      await endElsewhere(transactionalId, next, false)
      await goesOn(topic, watching({ ledger: elsewhere, partitions: [0, 1].map(partition => ({ topic, partition })), committed: isCommitted ? [producer] : [next] }))
      deepEqual(await readAll(topic, 0), isCommitted ? ['before', 'hangs', 'behind'] : ['before', 'behind'])
      deepEqual(await readAll(topic, 1), isCommitted ? ['hangs'] : [])
    })
  }

  void test('in the ledger whose producer has ended others since is left alone, and said to be there, with what to do', async () => {
    const { topic, transactionalId, producer } = await begun()
    await write(topic, transactionalId, producer, 'who knows')
    await endElsewhere(transactionalId, await endElsewhere(transactionalId, producer, true), false)
    const hanging = watching({ ledger: topic })
    await until(() => troubles.length > 0, async () => void await look(hanging, topic))
    equal(troubles[0]!.code, 'HANGING_TRANSACTION')
    match(troubles[0]!.message, new RegExp(`partition 0 of Kafka topic '${topic}' at offset 2: .*'${transactionalId}' is CompleteAbort.*kafka-transactions.sh .* abort --topic ${topic} --partition 0 --start-offset 2`))
  })

  void test('is waited for as long as its coordinator has not ended it', async () => {
    const topic = await made()
    const transactionalId = randomUUID()
    const producer = await begin(transactionalId)
    await cluster.ask({ to: 'transaction', id: transactionalId }, connection => announce(connection, transactionalId, producer, topic))
    await write(topic, transactionalId, producer, 'open')
    const hanging = watching({ ledger: topic })
    const began = performance.now()
    while (performance.now() - began < openMsMax + 2_000) await look(hanging, topic)
    await cluster.ask({ to: 'transaction', id: transactionalId }, connection => protocol.end(connection, transactionalId, producer, true))
    let isOpen = true
    await until(() => !isOpen, async () => { isOpen = (await readAll(topic, 0)).length < 2 })
    deepEqual(await readAll(topic, 0), ['before', 'open'])
  })

  /** A topic with something in it, and a producer that has not written to it. */
  async function begun(): Promise<{ readonly topic: string, readonly transactionalId: string, readonly producer: Producer }> {
    const transactionalId = randomUUID()
    return { topic: await made(), transactionalId, producer: await begin(transactionalId) }
  }

  async function made(): Promise<string> {
    const topic = randomUUID()
    await makeTopics(cluster, [{ topic, partitions: 2, settings: chunkTopic }], -1)
    await new Transactor(cluster, randomUUID(), timeoutMs).run({ records: [{ topic, partition: 0, value: 'before', at: 0 }], groups: [] })
    return topic
  }

  async function begin(transactionalId: string): Promise<Producer> {
    const { producerId: id, producerEpoch: epoch } = await cluster.ask({ to: 'transaction', id: transactionalId }, connection => cluster.kafka.initProducerIdV4.api.async(connection, transactionalId, timeoutMs, -1n, -1))
    return { id, epoch }
  }

  function announce(connection: Connection, transactionalId: string, { id, epoch }: Producer, topic: string) {
    return cluster.kafka.addPartitionsToTxnV3.api.async(connection, [{ transactionalId, producerId: id, producerEpoch: epoch, verifyOnly: false, topics: [{ name: topic, partitions: [0] }] }])
  }

  /** A transaction that its coordinator begins and ends, in another topic. */
  async function endElsewhere(transactionalId: string, producer: Producer, isCommitted: boolean): Promise<Producer> {
    await cluster.ask({ to: 'transaction', id: transactionalId }, connection => announce(connection, transactionalId, producer, elsewhere))
    return cluster.ask({ to: 'transaction', id: transactionalId }, connection => protocol.end(connection, transactionalId, producer, isCommitted))
  }

  async function write(topic: string, transactionalId: string, { id, epoch }: Producer, value: string, partition = 0): Promise<void> {
    const older: TransactionProtocol = { ...protocol, produce: cluster.kafka.produceV9.api }
    await produce(cluster, { id, epoch, sequences: new Map(), transaction: { id: transactionalId, protocol: older } }, [{ topic, partition, value, at: 0 }])
  }

  function watching({ ledger, partitions = [], committed = [] }: { readonly ledger: string, readonly partitions?: readonly PartitionId[], readonly committed?: readonly Producer[] }): HangingTransactions {
    troubles.length = 0
    return new HangingTransactions({
      cluster, openMsMax, apartMsMax: 100, ledger, partitions: () => partitions, onHopeless: error => troubles.push(error),
      wasCommitted: async producer => committed.some(({ id, epoch }) => producer.id === id && producer.epoch === epoch),
    })
  }

  /** What is behind it can be read after a while. */
  async function goesOn(topic: string, hanging: HangingTransactions): Promise<void> {
    equal((await new Transactor(cluster, randomUUID(), timeoutMs).run({ records: [{ topic, partition: 0, value: 'behind', at: 0 }], groups: [] })).kind, 'committed')
    const { next, end } = await look(undefined, topic)
    ok(next < end, `it can be read up to ${next} of ${end}`)
    let reached = 0
    await until(() => reached >= end, async () => { reached = (await look(hanging, topic)).next })
    deepEqual(troubles, [])
  }

  /** Up to where the first partition can be read, and where it ends. */
  async function look(hanging: HangingTransactions | undefined, topic: string): Promise<{ readonly next: number, readonly end: number }> {
    const { next, end } = await readTo(topic, 0)
    hanging?.note(topic, 0, next, end)
    return { next, end }
  }

  async function readAll(topic: string, partition: number): Promise<readonly string[]> {
    return (await readTo(topic, partition)).values
  }

  async function readTo(topic: string, partition: number): Promise<{ readonly values: readonly string[], readonly next: number, readonly end: number }> {
    const values: string[] = []
    for (let offset = 0; ;) {
      const { records, next, end } = (await fetchFrom(cluster, { topic, partition, offset, bytesMax: 1_000_000, lane: 'read', waitMs: 50 }))!
      values.push(...records.map(({ value }) => value!.toString()))
      if (next === offset) return { values, next, end }
      offset = next
    }
  }
})

async function until(probe: () => boolean, step: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!probe()) {
    ok(performance.now() < deadline, 'it never came to this')
    await step()
    await pause(20)
  }
}

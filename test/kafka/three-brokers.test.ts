// Three brokers, of which one is killed for good in the middle of a run.
import { equal, match, rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { kafkaAddress } from '../../src/logs/kafka/address.ts'
import { kafkaClient } from '../../src/logs/kafka/client.ts'
import { Cluster } from '../../src/logs/kafka/cluster.ts'
import { openKafka } from '../../src/logs/kafka/kafka-log.ts'
import { KafkaNames } from '../../src/logs/kafka/names.ts'
import { LogError } from '../../src/model/errors.ts'
import { needs } from '../needs.ts'
import { startThree, type Broker } from './broker-process.ts'
import { CopyRun, ended } from './copy-run.ts'

describe('three brokers', { skip: needs('java') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-kafka-three-'))
  let brokers: readonly Broker[] = []
  before(async () => {
    brokers = await Promise.all((await startThree(folder)).map(start => start()))
  })
  after(async () => {
    await Promise.all(brokers.map(broker => broker.kill()))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  const address = (more: string) => `kafka://${brokers.map(broker => broker.address).join(',')}${more}`

  test('a replication factor above their number is refused, with what to do', async () => {
    await rejects(openKafka(address('/four?replication=4')), (error: LogError) => {
      equal(error.code, 'INVALID_REPLICATION_FACTOR')
      match(error.message, /give the engine a smaller replication factor, or start more brokers/)
      return true
    })
  })

  test('the one that leads the ledger is killed in the middle of 10,000 items, and none is lost or doubled', async () => {
    const engine = address('/three?replication=3&sessionTimeoutMs=60000')
    using copy = new CopyRun(engine)
    // Knows who leads what, before that changes.
    const looking = await openKafka(address('/looked-at?replication=3'))
    await looking.createTopics([{ name: 'orders', partitions: 24, subscriptions: [] }])
    equal((await looking.topics())[0]!.extents.length, 24)
    const child = copy.begin({ PAUSE_AT: '5000' })
    const end = ended(child)
    await Promise.race([once(child, 'message'), end])
    // Others are at work and being committed.
    await brokers[await ledgerLeader(engine) - 1]!.kill()
    child.send('go on')
    const { code, errors } = await end
    equal(code, 0, errors)
    copy.assertComplete()
    equal((await looking.topics())[0]!.extents.length, 24)
    await looking.close()
  })
})

async function ledgerLeader(engine: string): Promise<number> {
  const { brokers, connection, prefix } = kafkaAddress(engine)
  const cluster = new Cluster(await kafkaClient(), { brokers, connection, clientId: 'who-leads' })
  try {
    return await cluster.ask({ to: 'anyone' }, () => cluster.leaderOf(new KafkaNames(prefix).ledger, 0))
  } finally {
    cluster.stop(new LogError('CLOSED', 'the leader is known'))
  }
}

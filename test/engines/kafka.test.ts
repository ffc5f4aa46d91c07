// The log on Kafka against the contract, on a real broker: each case has a prefix of its own.
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { kafkaClient } from '../../src/logs/kafka/client.ts'
import { openKafka, type KafkaLog } from '../../src/logs/kafka/kafka-log.ts'
import { testLogConformance, type LogEngine } from '../../src/testing/log-conformance.ts'
import { testBroker } from '../kafka/broker.ts'
import { needs } from '../needs.ts'
import { kafkaCannot } from './memory-engine.ts'

/** The group the suite joins. */
const group = 'group'

const engine: LogEngine = {
  name: 'Kafka',
  cannot: kafkaCannot,
  patienceMs: 60_000,
  create: async () => {
    const [broker, prefix] = [await testBroker(), randomUUID()]
    return {
      // A slow machine must not lose its membership, and nobody waits for the end of a session: what it leads to is done at once.
      open: () => openKafka(`kafka://${broker}/${prefix}?sessionTimeoutMs=60000`, { transactionTimeoutMs: 5_000 }),
      crash: async log => {
        (log as KafkaLog).vanish()
        await expelAll(broker, `${prefix}.${group}`)
      },
      expel: () => expelAll(broker, `${prefix}.${group}`),
      remove: async () => {},
    }
  },
}

/** As the group's coordinator does when it hears nothing of them. */
async function expelAll(broker: string, groupId: string): Promise<void> {
  const { Admin } = await kafkaClient()
  const admin = new Admin({ clientId: 'expel', bootstrapBrokers: [broker] })
  try {
    const members = (await admin.describeGroups({ groups: [groupId] })).get(groupId)?.members.keys() ?? []
    await admin.removeMembersFromConsumerGroup({ groupId, members: [...members].map(memberId => ({ memberId })) })
  } finally {
    await admin.close()
  }
}

const skip = needs('java')
if (skip) void describe('the log of Kafka', () => void test('keeps the contract', { skip }, () => {}))
else testLogConformance(engine)

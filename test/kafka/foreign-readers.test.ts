// What Batchwork writes to Kafka as others see it: the client's own consumer and administration stand for every tool.
import { deepEqual, equal } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { kafkaClient } from '../../src/logs/kafka/client.ts'
import { openKafka } from '../../src/logs/kafka/kafka-log.ts'
import { Held } from '../../src/testing/log-conformance/held.ts'
import { append, commit } from '../../src/testing/log-conformance/scene.ts'
import { needs } from '../needs.ts'
import { testBroker } from './broker.ts'

test('a consumer reads a JSON array of items in each record, and tools see who owns which partition and how far it is', { skip: needs('java') }, async t => {
  const [broker, prefix] = [await testBroker(), randomUUID()]
  const log = await openKafka(`kafka://${broker}/${prefix}`)
  t.after(() => log.close())
  await log.createTopics([{ name: 'shop/1/orders', partitions: 2, subscriptions: ['billing'] }])
  const id = { topic: 'shop/1/orders', partition: 0 }
  const held = new Held()
  await log.join('shop/1', [id.topic], held)
  const [, { next }] = await commit(log, held, { appends: [append(id, { order: 1 }, { order: 2 }), append(id, { order: 3 })] }) as [unknown, { readonly next: number }]
  await commit(log, held, { progress: [{ ...id, subscription: 'billing', mark: next, done: [] }] })

  const { Admin, Consumer, stringDeserializers } = await kafkaClient()
  const topic = `${prefix}.shop.1.orders`
  const consumer = new Consumer({ groupId: randomUUID(), clientId: 'foreign', bootstrapBrokers: [broker], deserializers: stringDeserializers })
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', isolationLevel: 1, autocommit: false })
  const values: string[] = []
  for await (const { value } of stream) if (values.push(value) === 2) break
  await consumer.close(true)
  deepEqual(values, ['[{"order":1},{"order":2}]', '[{"order":3}]'])

  const admin = new Admin({ clientId: 'foreign', bootstrapBrokers: [broker] })
  t.after(() => admin.close())
  const groupId = `${prefix}.shop.1`
  const [member] = (await admin.describeGroups({ groups: [groupId] })).get(groupId)!.members.values()
  deepEqual([...member!.assignments!.values()].map(({ partitions }) => partitions.toSorted((a, b) => a - b)), [[0, 1]])
  const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId], requireStable: true })
  equal(group!.topics.find(({ name }) => name === topic)!.partitions[0]!.committedOffset, 2n)
})

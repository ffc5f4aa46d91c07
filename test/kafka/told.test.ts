// Who appends hears of it at once: a run that took what it has just made for nothing would end before its time.
import { ok } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { PartitionId } from '../../src/log.ts'
import { openKafka } from '../../src/logs/kafka/kafka-log.ts'
import { append } from '../../src/testing/log-conformance/scene.ts'
import { needs } from '../needs.ts'
import { testBroker } from './broker.ts'

const id = { topic: 'orders', partition: 0 }

test('an append is told to who watches before it is answered', { skip: needs('java') }, async t => {
  const log = await openKafka(`kafka://${await testBroker()}/${randomUUID()}`)
  t.after(() => log.close())
  await log.createTopics([{ name: 'orders', partitions: 40, subscriptions: [] }])
  await log.append(append(id, 'an item'))
  const told: PartitionId[] = []
  // The first poll takes longer than an append does where everything else is known already, as polls do while leaders are elected.
  const appending = log.append(append(id, 'another'))
  t.after(log.watch(partition => told.push(partition)))
  await appending
  ok(told.some(({ topic, partition }) => topic === 'orders' && partition === 0))
})

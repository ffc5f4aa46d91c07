// What listens at a broker's address, and answers nothing: a proxy before a broker that is dead, or another program. The others are asked.
import { equal } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { openKafka } from '../../src/logs/kafka/kafka-log.ts'
import { append } from '../../src/testing/log-conformance/scene.ts'
import { needs } from '../needs.ts'
import { testBroker } from './broker.ts'

test('a broker that takes connections and ends them is passed over', { skip: needs('java'), timeout: 60_000 }, async t => {
  let connections = 0
  const dead = createServer(socket => {
    connections++
    socket.once('error', () => {}).once('data', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(dead, 'listening')
  t.after(() => dead.close())
  const { port } = dead.address() as { readonly port: number }
  const log = await openKafka(`kafka://127.0.0.1:${port},${await testBroker()}/${randomUUID()}`)
  t.after(() => log.close())
  await log.createTopics([{ name: 'orders', partitions: 1, subscriptions: [] }])
  await log.append(append({ topic: 'orders', partition: 0 }, 'first'))
  equal((await log.read({ topic: 'orders', partition: 0 }, 0)).length, 1)
  equal(connections > 0, true, 'it was asked first')
})

// What a person is told who gives an address for the first time.
import { equal, match, ok } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { kafkaClient } from '../../src/logs/kafka/client.ts'
import { openKafka } from '../../src/logs/kafka/kafka-log.ts'
import type { LogError } from '../../src/model/errors.ts'
import { append } from '../../src/testing/log-conformance/scene.ts'
import { needs } from '../needs.ts'
import { testBroker } from './broker.ts'
import { CopyRun } from './copy-run.ts'

test('no broker at the address: the command says so, where, and what to look at', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  using copy = new CopyRun(`kafka://127.0.0.1:${port}`)
  const { code, errors } = await copy.run()
  equal(code, 1)
  match(errors, new RegExp(`no Kafka broker answers at 127\\.0\\.0\\.1:${port}: .*ECONNREFUSED.*; check the address, that the broker runs`))
})

test('a host nobody knows', async () => {
  const error = await failureOf('kafka://no-such-host.invalid')
  equal(error.code, 'UNREACHABLE')
  match(error.message, /no-such-host\.invalid/)
})

test('too few brokers for the replication factor', { skip: needs('java') }, async () => {
  const error = await failureOf(`kafka://${await testBroker()}/${randomUUID()}?replication=3`)
  equal(error.code, 'INVALID_REPLICATION_FACTOR')
  match(error.message, /give the engine a smaller replication factor, or start more brokers/)
})

test('an item larger than the topic takes', { skip: needs('java') }, async t => {
  const [broker, prefix] = [await testBroker(), randomUUID()]
  const log = await openKafka(`kafka://${broker}/${prefix}`)
  t.after(() => log.close())
  await log.createTopics([{ name: 'orders', partitions: 1, subscriptions: [] }])
  await limitBatches(broker, `${prefix}.orders`, 1_000)
  // The broker hears of its limit some time after.
  let error: LogError | undefined
  for (let tries = 0; !error && tries < 500; tries++) error = await log.append(append({ topic: 'orders', partition: 0 }, 'x'.repeat(2_000))).then(() => undefined, (failure: LogError) => failure)
  ok(error, 'it was stored each time')
  equal(error.code, 'MESSAGE_TOO_LARGE')
  match(error.message, /raise that, or keep what is large in a file and let the item name it \(claim check\)/)
})

test('a broker that does not speak TLS', { skip: needs('java') }, async () => {
  const error = await failureOf(`kafka+tls://${await testBroker()}/${randomUUID()}`)
  match(error.message, /TLS/)
})

async function limitBatches(broker: string, topic: string, bytesMax: number): Promise<void> {
  const { Admin, ConfigResourceTypes, IncrementalAlterConfigOperationTypes } = await kafkaClient()
  const admin = new Admin({ clientId: 'foreign', bootstrapBrokers: [broker] })
  const configs = [{ name: 'max.message.bytes', value: String(bytesMax), configOperation: IncrementalAlterConfigOperationTypes.SET }]
  await admin.incrementalAlterConfigs({ resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configs }] })
  await admin.close()
}

async function failureOf(address: string): Promise<LogError> {
  return openKafka(address).then(() => { throw new Error('it opened') }, (error: LogError) => error)
}

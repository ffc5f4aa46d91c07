// What a person is told who gives an address for the first time.
import { equal, match } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { openKafka } from '../../src/logs/kafka/kafka-log.ts'
import type { LogError } from '../../src/model/errors.ts'
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
  match(errors, new RegExp(`no Kafka broker answers at 127\\.0\\.0\\.1:${port}: .*ECONNREFUSED.*; check the address of the engine`))
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

test('a broker that does not speak TLS', { skip: needs('java') }, async () => {
  const error = await failureOf(`kafka+tls://${await testBroker()}/${randomUUID()}`)
  match(error.message, /TLS/)
})

async function failureOf(address: string): Promise<LogError> {
  return openKafka(address).then(() => { throw new Error('it opened') }, (error: LogError) => error)
}

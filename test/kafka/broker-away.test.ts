// The only broker goes away for longer than anybody asks for its leaders, and comes back: who watches is told of what comes after.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openKafka } from '../../src/logs/kafka/kafka-log.ts'
import { append } from '../../src/testing/log-conformance/scene.ts'
import { needs } from '../needs.ts'
import { startBroker } from './broker-process.ts'

const id = { topic: 'orders', partition: 0 }
/** More than the patience with which leaders are asked for. */
const awayMs = 3_000

test('a process goes on being told of what others append when the broker was away', { skip: needs('java'), timeout: 300_000 }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-away-'))
  let broker = await startBroker(folder)
  t.after(async () => {
    await broker.kill()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  const address = `kafka://${broker.address}/${randomUUID()}`
  const [watching, other] = [await openKafka(address), await openKafka(address)]
  await watching.createTopics([{ name: 'orders', partitions: 1, subscriptions: [] }])
  let told = Promise.withResolvers<void>()
  const stop = watching.watch(({ topic }) => topic === 'orders' && told.resolve())
  await other.append(append(id, 'before'))
  await told.promise
  await broker.kill()
  await pause(awayMs)
  broker = await startBroker(folder, Number(broker.address.split(':')[1]))
  told = Promise.withResolvers()
  await other.append(append(id, 'after'))
  await told.promise
  stop()
  await Promise.all([watching.close(), other.close()])
})

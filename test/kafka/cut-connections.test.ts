// Connections break while a log is at work: what was sent may have been done, or not, and the answer is lost.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { openKafka } from '../../src/logs/kafka/kafka-log.ts'
import { Held } from '../../src/testing/log-conformance/held.ts'
import { append, uniqueAppend, valuesOf } from '../../src/testing/log-conformance/scene.ts'
import { seeded } from '../engines/seeded.ts'
import { needs } from '../needs.ts'
import { testBroker } from './broker.ts'

const id = { topic: 'orders', partition: 0 }
const commits = 30

test('commits and appends are stored once and in order, however often connections break', { skip: needs('java') }, async () => {
  const sockets = new Set<Socket>()
  const gather = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket }
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  subscribe('net.client.socket', gather)
  const log = await openKafka(`kafka://${await testBroker()}/${randomUUID()}`)
  let cuts = 0
  const random = seeded(1)
  // Most of a commit is spent waiting for an answer, so a cut at a random moment is one in the middle of it.
  const cutting = setInterval(() => {
    // One that is being made breaks with an error of its own.
    const open = [...sockets].filter(({ connecting }) => !connecting)
    open[Math.floor(random() * open.length)]?.destroy()
    cuts++
  }, 15)
  try {
    await log.createTopics([{ name: 'orders', partitions: 2, subscriptions: [] }])
    const held = new Held()
    await log.join('run', ['orders'], held)
    for (let number = 0; number < commits; number++) {
      await log.commit({ epoch: held.epoch, appends: [append(id, number), uniqueAppend({ ...id, partition: 1 }, [`id ${number}`])], progress: [{ ...id, subscription: 'billing', mark: number, done: [] }], state: [{ store: 'sums', key: 'last', value: String(number) }] })
      await log.append(append(id, `plain ${number}`))
    }
    clearInterval(cutting)
    ok(cuts > commits / 4, `${cuts} cuts are too few to say anything`)
    const expected = Array.from({ length: commits }, (_, number) => number)
    deepEqual(valuesOf(await log.read(id, 0, { chunks: 10_000, bytes: 1e9 })), expected.flatMap(number => [number, `plain ${number}`]))
    deepEqual(valuesOf(await log.read({ ...id, partition: 1 }, 0, { chunks: 10_000, bytes: 1e9 })), expected.map(number => `id ${number}`))
    deepEqual((await log.progress('billing')).map(({ mark }) => mark), [commits - 1])
    equal((await log.get('sums', ['last']))[0]!.value, String(commits - 1))
    deepEqual((await log.append(uniqueAppend(id, expected.map(number => `id ${number}`)))).duplicates, expected)
  } finally {
    clearInterval(cutting)
    unsubscribe('net.client.socket', gather)
    await log.close()
  }
})

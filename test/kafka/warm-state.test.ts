// Every process follows the ledger and so has the state of all stages at hand: who takes over a stage reads none of it anew.
import { equal, ok } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { openKafka } from '../../src/logs/kafka/kafka-log.ts'
import { allEntries } from '../../src/runtime/state.ts'
import { Held } from '../../src/testing/log-conformance/held.ts'
import { needs } from '../needs.ts'
import { testBroker } from './broker.ts'

const keys = 20_000
const valueCharacters = 200

test('a process that takes over a stage has its sums already, and fetches next to nothing for them', { skip: needs('java') }, async t => {
  const engine = `kafka://${await testBroker()}/${randomUUID()}`
  const former = await openKafka(engine)
  t.after(() => former.close())
  await former.createTopics([{ name: 'sums/owners', partitions: 1, subscriptions: [] }])
  const held = new Held()
  const membership = await former.join('run', ['sums/owners'], held)

  const sockets = new Set<Socket>()
  const gather = (message: unknown) => sockets.add((message as { readonly socket: Socket }).socket)
  subscribe('net.client.socket', gather)
  t.after(() => unsubscribe('net.client.socket', gather))
  const read = () => [...sockets].reduce((sum, { bytesRead }) => sum + bytesRead, 0)
  const heir = await openKafka(engine)
  t.after(() => heir.close())
  const value = JSON.stringify('x'.repeat(valueCharacters))
  for (let key = 0; key < keys; key += 2_000) {
    await former.commit({ epoch: held.epoch, appends: [], progress: [], state: Array.from({ length: 2_000 }, (_, index) => ({ store: 'sums', key: String(key + index), value })) })
  }
  equal((await allEntries(heir, 'sums')).size, keys)
  const followed = read()
  ok(followed > keys * valueCharacters, `${followed} bytes: this does not count what the heir reads`)

  await membership.leave()
  const next = new Held()
  await heir.join('run', ['sums/owners'], next)
  equal(next.partitions.length, 1)
  equal((await allEntries(heir, 'sums')).size, keys)
  const takenOver = read() - followed
  ok(takenOver < keys * valueCharacters / 20, `${takenOver} bytes were read to take over what is ${keys * valueCharacters} bytes`)
})

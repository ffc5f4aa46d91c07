// Publishing: what one item does wrong is no other's trouble, and large items do not have to fit into one chunk.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Publisher } from '../../src/client/publisher.ts'
import { realClock } from '../../src/client/real-clock.ts'
import { topic } from '../../src/index.ts'
import { MemoryLog, MemoryStore } from '../../src/logs/memory/memory-log.ts'
import { isTable } from '../../src/model/value-table.ts'
import { World } from '../../src/testing/world.ts'

class Money { readonly amount = 1 }

test('an item that cannot be stored is refused alone', async () => {
  const world = new World()
  const client = world.client()
  const mixed = topic<unknown>('mixed')
  const settled = await world.until(Promise.allSettled(['one', new Money(), 'two', () => {}, 'three'].map(item => client.publish(mixed, item))))
  assert.deepEqual(settled.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'])
  assert.match(String((settled[1] as PromiseRejectedResult).reason), /an instance of class Money cannot be stored/)
  const ids = settled.flatMap(each => (each.status === 'fulfilled' ? [each.value.id] : []))
  assert.deepEqual(ids, ['mixed:1:0', 'mixed:1:1', 'mixed:1:2'])
})

test('items that are large together are divided into chunks, in order and each with its own id', async () => {
  const world = new World()
  const client = world.client()
  const large = topic<string>('large')
  const receipts = await world.until(Promise.all(Array.from({ length: 9 }, (_, index) => client.publish(large, String(index).repeat(400_000)))))
  assert.deepEqual(receipts.map(({ id }) => id), Array.from({ length: 9 }, (_, index) => `large:1:${index}`))
  assert.deepEqual(await world.until(client.publishAll(large, Array.from({ length: 5 }, () => 'x'.repeat(400_000)))), { accepted: 5, duplicates: 0 })
  const chunks = await world.bystander().log.read({ topic: 'large', partition: 1 }, 0, { chunks: 100, bytes: 1e9 })
  assert.ok(chunks.every(({ values }) => values.length < 1_000_000))
  assert.deepEqual(chunks.flatMap(({ values }) => JSON.parse(values) as string[]).map(text => text[0]), [...'012345678xxxxx'])
})

test('an item beyond the bound is refused, and the message says what to do', async () => {
  const world = new World()
  const client = world.client()
  const beyond = topic<string>('beyond')
  const settled = await world.until(Promise.allSettled([client.publish(beyond, 'x'.repeat(64_000_001)), client.publish(beyond, 'small')]))
  assert.deepEqual(settled.map(({ status }) => status), ['rejected', 'fulfilled'])
  assert.match(String((settled[0] as PromiseRejectedResult).reason), /more than 64,000,000 characters of JSON; keep what is large in a file/)
})

test('an item among many that cannot be stored is told of by publishAll, which takes no more', async () => {
  const world = new World()
  let taken = 0
  const many = function* () {
    for (; taken < 9_000; taken++) yield taken === 2_500 ? new Money() : taken
  }
  // A rejection that is nobody's would fail this test.
  await world.until(assert.rejects(world.client().publishAll(topic<unknown>('many'), many()), /an instance of class Money cannot be stored/))
  assert.ok(taken < 9_000, `${taken} were taken`)
})

test('many items alike are stored as a table, but as an array where others may read the topic', async () => {
  const alike = Array.from({ length: 1_000 }, (_, id) => ({ id, action: 'renew' }))
  const areTables = async (parts: number | undefined) => {
    const log = new MemoryLog(new MemoryStore({ clock: realClock, random: Math.random, ownership: 'group', parts }))
    await new Publisher(log).publishAll(topic<object>('mails'), alike)
    const [chunk] = await log.read({ topic: 'mails', partition: 1 }, 0)
    return isTable(chunk!.values)
  }
  assert.deepEqual([await areTables(undefined), await areTables(1)], [true, false])
})

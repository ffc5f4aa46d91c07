// Topics of others as a sink: what a pipeline writes is what their tools read, once.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { kafkaTopic } from '../../src/connectors/kafka/kafka-topic.ts'
import { PermanentError, type BatchworkError } from '../../src/model/errors.ts'
import type { Meta } from '../../src/model/item.ts'
import type { SinkChunk } from '../../src/sink.ts'
import { needs } from '../needs.ts'
import { ForeignTopic } from './foreign-topic.ts'

const at = Date.parse('1998-11-21T08:00:00Z')

/** From the tests of Kafka's Java client (UtilsTest). */
const murmur2ByKey = new Map([['21', -973932308], ['foobar', -790332482], ['a-little-bit-long-string', -985981536], ['a-little-bit-longer-string', -1486304829]])

/** Items of the offsets [first, first + items.length). */
function chunk<T>(items: readonly T[], { run = 'shop/1@0', epoch = 1, first = 0, meta = {} }: { run?: string, epoch?: number, first?: number, meta?: Partial<Meta> } = {}): SinkChunk<T> {
  const offsets = items.map((_, index) => first + index)
  return {
    id: `${first}`, run, subscription: 'shop/1/orders', partition: 0, epoch, ranges: [[first, first + items.length]], items, offsets,
    meta: offsets.map(offset => ({ id: `in:0:${offset}`, key: undefined, time: new Date(at), headers: {}, origin: `orders.csv:${offset + 1}`, ...meta })),
    signal: new AbortController().signal,
  }
}

void describe('a topic of others as a sink', { skip: needs('java') }, () => {
  void test('gets a record for each item: value, key, the time of the write, and headers that tell whose it is', async () => {
    const topic = await ForeignTopic.make()
    const begun = Date.now()
    const sink = kafkaTopic<{ n: number }>(topic.address, topic.name, { key: ({ n }) => `key ${n}` })
    await sink.write(chunk([{ n: 1 }, { n: 2 }], { meta: { headers: { traceparent: '00-ab' } } }))
    const headers = { 'traceparent': '00-ab', 'batchwork-time': '1998-11-21T08:00:00.000Z' }
    const found = await topic.read(2)
    deepEqual(found, [1, 2].map((n, index) => ({
      at: found[index]!.at, value: `{"n":${n}}`, key: `key ${n}`, partition: 0, headers: { ...headers, 'batchwork-id': `in:0:${n - 1}`, 'batchwork-origin': `orders.csv:${n}` },
    })))
    // Retention goes by it: with the time of the items, both would soon be deleted.
    ok(found.every(each => each.at >= begun))
  })

  void test("puts a key where Kafka's own producers put it", async () => {
    const topic = await ForeignTopic.make({ partitions: 7 })
    await kafkaTopic<string>(topic.address, topic.name, { key: item => item }).write(chunk(Array.from(murmur2ByKey.keys())))
    const expected = new Map(Array.from(murmur2ByKey, ([key, hash]) => [key, Number(BigInt.asUintN(31, BigInt(hash))) % 7]))
    deepEqual(new Map((await topic.read(murmur2ByKey.size)).map(({ key, partition }) => [key, partition])), expected)
  })

  void test('gets what is brought again after a crash once, and what is new beside it', async () => {
    const topic = await ForeignTopic.make()
    await kafkaTopic(topic.address, topic.name).write(chunk(['a', 'b', 'c']))
    const afterCrash = kafkaTopic(topic.address, topic.name)
    await afterCrash.write(chunk(['b', 'c', 'd'], { first: 1, epoch: 2 }))
    await afterCrash.write(chunk(['a'], { epoch: 2 }))
    await afterCrash.write(chunk(['e'], { first: 4, epoch: 2 }))
    deepEqual((await topic.read(5)).map(({ value }) => value), ['"a"', '"b"', '"c"', '"d"', '"e"'])
    // Another run brings other items under the same offsets.
    await afterCrash.write(chunk(['A'], { run: 'shop/2@0' }))
    deepEqual((await topic.read(6)).at(-1)!.value, '"A"')
  })

  void test('refuses a process that was overtaken, also when it had begun before', async () => {
    const topic = await ForeignTopic.make()
    const [before, after] = [kafkaTopic(topic.address, topic.name), kafkaTopic(topic.address, topic.name)]
    await before.write(chunk(['a']))
    await after.write(chunk(['b'], { first: 1, epoch: 2 }))
    await rejects(before.write(chunk(['zombie'], { first: 2 })), (error: BatchworkError) => ['SINK', 'FENCED'].includes(error.code))
    await rejects(before.write(chunk(['zombie'], { first: 2 })), { code: 'FENCED' })
    await after.write(chunk(['c'], { first: 2, epoch: 2 }))
    deepEqual((await topic.read(3)).map(({ value }) => value), ['"a"', '"b"', '"c"'])
  })

  void test('that takes less in a batch than others gets all, and refuses what is too large for it alone, with what to do', async () => {
    const topic = await ForeignTopic.make({ configs: { 'max.message.bytes': '2000' } })
    const sink = kafkaTopic<string>(topic.address, topic.name)
    const small = Array.from({ length: 10 }, (_, index) => `${index}`.repeat(500))
    await sink.write(chunk(small))
    deepEqual((await topic.read(10)).map(({ value }) => JSON.parse(value!) as string), small)
    await rejects(sink.write(chunk(['x'.repeat(3_000)], { first: 10 })), (error: Error) => {
      match(error.message, /larger than its max\.message\.bytes; keep what is large in a file and let the item name it \(claim check\)/)
      return error instanceof PermanentError
    })
    await sink.write(chunk(['after'], { first: 11 }))
    deepEqual((await topic.read(11)).at(-1)!.value, '"after"')
  })

  void test('an item that its codec cannot write is refused, and an item null is a record without a value', async () => {
    const topic = await ForeignTopic.make()
    const sink = kafkaTopic<any>(topic.address, topic.name, { codec: 'text', key: () => 'key' })
    await rejects(sink.write(chunk([7])), (error: Error) => error instanceof PermanentError && /it is 7, but must be text/.test(error.message))
    await sink.write(chunk(['seven', null]))
    deepEqual((await topic.read(2)).map(({ value }) => value), ['seven', null])
  })

  void test('without transactions, what is brought again is written again', async () => {
    const topic = await ForeignTopic.make()
    await kafkaTopic(topic.address, topic.name, { transactions: false }).write(chunk(['a', 'b']))
    await kafkaTopic(topic.address, topic.name, { transactions: false }).write(chunk(['b'], { first: 1 }))
    deepEqual((await topic.read(3)).map(({ value }) => value), ['"a"', '"b"', '"b"'])
  })

  void test('that is not there is told', async () => {
    const topic = await ForeignTopic.make()
    await rejects(kafkaTopic(topic.address, randomUUID()).write(chunk(['a'])), (error: BatchworkError) => {
      equal(error.code, 'SINK')
      match(error.message, /have no topic of that name/)
      return true
    })
  })

  void test('between two topics of others, on the embedded engine: killed after a write that the run had not noted yet, the same command loses and doubles nothing', async t => {
    const [from, to] = [await ForeignTopic.make({ partitions: 3 }), await ForeignTopic.make({ partitions: 2 })]
    await from.write([...Array.from({ length: 300 }, (_, number) => ({ value: JSON.stringify({ number }), partition: number % 3 })), { value: 'no JSON', partition: 0 }])
    const folder = mkdtempSync(join(tmpdir(), 'batchwork-between-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const run = () => runBetween(folder, { FROM: from.address, FROM_TOPIC: from.name, TO: to.address, TO_TOPIC: to.name })
    equal((await run()).signal, 'SIGKILL')
    const { code, output } = await run()
    equal(code, 2, output)
    match(output, new RegExp(`${from.name}-0@100 cannot be read`))
    // The mark of an offset that is behind the last record: nothing came after it.
    await to.write([{ value: '"last"', partition: 0 }, { value: '"last"', partition: 1 }])
    const found = (await to.read(302)).map(({ value }) => JSON.parse(value!) as unknown).filter(value => value !== 'last') as readonly { readonly number: number }[]
    deepEqual(found.map(({ number }) => number).toSorted((a, b) => a - b), Array.from({ length: 300 }, (_, number) => number))
  })
})

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
}

function runBetween(folder: string, environment: Readonly<Record<string, string>>): Promise<Ended> {
  const [main, fixture] = ['../../src/cli/main.ts', 'fixtures/between.ts'].map(path => fileURLToPath(new URL(path, import.meta.url))) as [string, string]
  const { NODE_TEST_CONTEXT: _, BATCHWORK_ENGINE: __, ...inherited } = process.env
  return new Promise(resolve => {
    const child = execFile(process.execPath, [main, 'run', fixture], { cwd: folder, env: { ...inherited, ...environment } }, (_error, output, errors) => resolve({ code: child.exitCode, signal: child.signalCode, output: output + errors }))
  })
}

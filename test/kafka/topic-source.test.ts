// Topics of others as a source: what their tools wrote is what a pipeline reads.
import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { kafkaTopic } from '../../src/connectors/kafka/kafka-topic.ts'
import { jsonCodec } from '../../src/connectors/kafka/codecs/json.ts'
import { SharedCluster } from '../../src/connectors/kafka/shared-cluster.ts'
import { TopicSource } from '../../src/connectors/kafka/topic-source.ts'
import { kafkaAddress } from '../../src/logs/kafka/address.ts'
import type { SourceError } from '../../src/sources/source-error.ts'
import { Workplace } from '../cli/workplace.ts'
import { needs } from '../needs.ts'
import { ForeignTopic, Reading } from './foreign-topic.ts'

/** A pipeline in a file of its own. */
const followed = `
  import { pipeline } from 'batchwork'
  import { kafkaTopic } from 'batchwork/kafka'
  const { BROKER, FROM, TO } = process.env
  export default pipeline('follow', flow => flow.source('from', kafkaTopic(BROKER, FROM, { follow: true })).to(kafkaTopic(BROKER, TO)))
`

const values = (count: number, partition = 0, first = 0) => Array.from({ length: count }, (_, index) => ({ value: JSON.stringify({ number: first + index }), partition }))

void describe('a topic of others as a source', { skip: needs('java') }, () => {
  void test('gives the records that are there when it is listed, those of each partition in order, with the place of each', async () => {
    const topic = await ForeignTopic.make({ partitions: 2 })
    await topic.write([...values(3), ...values(2, 1, 10)])
    const source = kafkaTopic<any>(topic.address, topic.name)
    using reading = new Reading()
    const listed = [...await reading.splits(source)]
    await topic.write(values(5, 0, 100))
    const found = await reading.all(source, listed)
    deepEqual(found.map(items => items.map(({ item }) => item.number)), [[0, 1, 2], [10, 11]])
    deepEqual(found[0]!.map(({ origin, position }) => [origin, position]), [0, 1, 2].map(offset => [`${topic.name}-0@${offset}`, offset + 1]))
    deepEqual(listed.map(split => [source.sizeOf!(split), source.sizeOf!(split, 1)]), [[3, 1], [2, 1]])
  })

  void test('goes on after a position, with the same items', async () => {
    const topic = await ForeignTopic.make()
    await topic.write(values(4))
    using reading = new Reading()
    const source = kafkaTopic<any>(topic.address, topic.name)
    const [split] = await reading.splits(source)
    deepEqual((await reading.from(source, split!, 2)).map(({ item }) => item.number), [2, 3])
  })

  for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    void test(`reads what was compressed with ${compression}`, async () => {
      const topic = await ForeignTopic.make()
      await topic.write(values(50), compression)
      using reading = new Reading()
      deepEqual((await reading.all(kafkaTopic<any>(topic.address, topic.name))).flat().map(({ item }) => item.number), Array.from({ length: 50 }, (_, index) => index))
    })
  }

  void test('sets aside a record that is no JSON, with its text and place, and reads on', async () => {
    const topic = await ForeignTopic.make()
    await topic.write([{ value: '1' }, { value: '{"half":' }, { value: Buffer.from([0xff, 0xfe]) }, { value: '{"__proto__":{}}' }, { value: '2' }])
    using reading = new Reading()
    const [items] = await reading.all(kafkaTopic<any>(topic.address, topic.name))
    deepEqual(items!.map(({ error }) => error !== undefined), [false, true, true, true, false])
    equal(items![1]!.item, '{"half":')
    match(items![1]!.error!.message, new RegExp(`^${topic.name}-0@1 cannot be read: `))
    match(items![2]!.error!.message, /not UTF-8/)
  })

  void test('gives text, bytes, and the null of a deleted key', async () => {
    const topic = await ForeignTopic.make()
    await topic.write([{ value: 'größer' }, { value: null, key: 'gone' }])
    using reading = new Reading()
    const itemsBy = async (codec: 'text' | 'bytes') => (await reading.all(kafkaTopic<any>(topic.address, topic.name, { codec }))).flat().map(({ item }) => item)
    deepEqual(await itemsBy('text'), ['größer', null])
    deepEqual(await itemsBy('bytes'), [new Uint8Array(Buffer.from('größer')), null])
  })

  void test('passes over what was aborted, and ends before what is not committed when it is listed', async () => {
    const topic = await ForeignTopic.make()
    const source = kafkaTopic<any>(topic.address, topic.name)
    using reading = new Reading()
    const read = async () => (await reading.all(source)).flat().map(({ item }) => item)
    await topic.write([{ value: '1' }])
    await topic.transact(['2', '3'], ({ abort }) => abort())
    await topic.transact(['4', '5'], async ({ commit }) => {
      await topic.write([{ value: '6' }])
      deepEqual(await read(), [1])
      await commit()
    })
    deepEqual(await read(), [1, 4, 5, 6])
  })

  void test("makes the item from the whole record where 'item' says how", async () => {
    const topic = await ForeignTopic.make({ partitions: 1 })
    await topic.write([{ value: '7', key: 'ann', headers: { shop: 'Oslo' } }])
    using reading = new Reading()
    const [[found]] = await reading.all(kafkaTopic<any>(topic.address, topic.name, { item: record => record })) as any
    const { time, ...rest } = found.item
    deepEqual(rest, { value: 7, key: 'ann', headers: { shop: 'Oslo' }, topic: topic.name, partition: 0, offset: 0 })
    equal(time.getTime(), (await topic.read(1))[0]!.at)
  })

  void test('begins at a time where it is given one', async () => {
    const topic = await ForeignTopic.make()
    await topic.write(values(2))
    using reading = new Reading()
    const [[, second]] = await reading.all(kafkaTopic<any>(topic.address, topic.name, { item: ({ time }) => time })) as any
    const after = new Date(second.item.getTime() + 1)
    // Nothing was written in that millisecond or later, so what comes then is all that is found.
    while (Date.now() <= after.getTime());
    await topic.write(values(2, 0, 10))
    deepEqual((await reading.all(kafkaTopic<any>(topic.address, topic.name, { from: after }))).flat().map(({ item }) => item.number), [10, 11])
  })

  void test('follows what comes, in partitions that are added too', async () => {
    const topic = await ForeignTopic.make()
    await topic.write(values(1))
    using reading = new Reading()
    const source = followedOften(topic)
    let step = 0
    const found = await reading.first(source, 3, async soFar => {
      if (soFar === 1 && step === 0) {
        step = 1
        await topic.addPartitions(2)
        await topic.write(values(1, 0, 1))
      } else if (soFar === 2 && step === 1) {
        step = 2
        await topic.write(values(1, 1, 2))
      }
    })
    deepEqual(found.map(({ item, origin }) => [item.number, origin]), [[0, `${topic.name}-0@0`], [1, `${topic.name}-0@1`], [2, `${topic.name}-1@0`]])
  })

  void test('that gets more partitions than are waited for ends what follows it, and says so', async () => {
    const topic = await ForeignTopic.make()
    using reading = new Reading()
    let isGrown = false
    const following = reading.first(followedOften(topic), 1, async () => {
      if (isGrown) return
      isGrown = true
      await topic.addPartitions(18)
    })
    await rejects(following, /has 18 partitions, more than the 17 that were listed when this run began; start anew with --fresh/)
  })

  void test('that was followed begins with what comes when it is told so', async () => {
    const topic = await ForeignTopic.make()
    await topic.write(values(5))
    using reading = new Reading()
    let isWritten = false
    const found = await reading.first(kafkaTopic<any>(topic.address, topic.name, { follow: true, from: 'now' }), 2, async () => {
      if (isWritten) return
      isWritten = true
      await topic.write(values(2, 0, 50))
    })
    deepEqual(found.map(({ item }) => item.number), [50, 51])
  })

  void test('is followed by a command that runs until it is stopped, in all of many partitions', async t => {
    const [from, to] = [await ForeignTopic.make({ partitions: 12 }), await ForeignTopic.make()]
    await from.write(Array.from({ length: 12 }, (_, partition) => ({ value: String(partition), partition })))
    const place = new Workplace(t, { 'follow.ts': followed })
    const command = place.begin(['start', 'follow.ts', '--quiet'], { env: { BROKER: from.address, FROM: from.name, TO: to.name } })
    deepEqual((await to.read(12)).map(({ value }) => Number(value)).toSorted((a, b) => a - b), Array.from({ length: 12 }, (_, partition) => partition))
    await from.write([{ value: '100', partition: 11 }])
    equal((await to.read(13)).at(-1)!.value, '100')
    command.kill('SIGTERM')
    const { code, stderr } = await command.ended
    equal(code, 0, stderr)
    equal(stderr, 'Stopping: what is done is committed. Ctrl-C again stops at once.\n')
  })

  void test('is sampled by a dry run though it is followed', async t => {
    const from = await ForeignTopic.make()
    await from.write(values(3))
    const place = new Workplace(t, { 'follow.ts': followed })
    const { code, stdout, stderr } = await place.run(['run', 'follow.ts', '--dry', '--json'], { env: { BROKER: from.address, FROM: from.name, TO: from.name } })
    equal(code, 0, stderr)
    match(stdout, /"items":3/)
  })

  void test('says so where what was to be read is gone, and never begins somewhere else in silence', async () => {
    const topic = await ForeignTopic.make()
    await topic.write(values(10))
    using reading = new Reading()
    const source = kafkaTopic<any>(topic.address, topic.name)
    const [split] = await reading.splits(source)
    await topic.deleteBefore(6)
    await rejects(reading.from(source, split!, 3), (error: SourceError) => {
      equal(error.code, 'SOURCE')
      match(error.message, /was to be read from offset 3, but it begins at 6 now: .*retention/)
      return true
    })
    deepEqual((await reading.from(source, split!, 6)).length, 4)
  })

  void test('says so where the topic was deleted and made again', async () => {
    const topic = await ForeignTopic.make()
    await topic.write(values(2))
    using reading = new Reading()
    const source = kafkaTopic<any>(topic.address, topic.name)
    const [split] = await reading.splits(source)
    await topic.delete()
    await topic.create(1)
    await topic.write(values(5))
    await rejects(reading.from(source, split!, 1), /was deleted and made again/)
  })

  void test('that is not there is told with the nearest name that is', async () => {
    const topic = await ForeignTopic.make()
    using reading = new Reading()
    const wrong = `${topic.name.slice(0, -1)}_`
    await rejects(reading.all(kafkaTopic(topic.address, wrong)), (error: SourceError) => {
      equal(error.code, 'SOURCE')
      match(error.message, new RegExp(`topic '${wrong}' cannot be read: these brokers have no topic of that name .*did you mean '${topic.name}'\\?`))
      return true
    })
    await rejects(reading.all(kafkaTopic(topic.address, randomUUID())), /have no topic of that name/)
  })
})

/** Its partitions are looked at more often than those of others. */
function followedOften(topic: ForeignTopic): TopicSource<any> {
  return new TopicSource<any>({ shared: new SharedCluster(kafkaAddress(topic.address)), topic: topic.name, codec: jsonCodec, from: 'beginning', follow: true, item: undefined, newcomersEveryMs: 20 })
}

test('options that cannot be are refused when the pipeline is written', async t => {
  const wrong: readonly (readonly [what: string, make: () => unknown, message: RegExp])[] = [
    ['a name that Kafka does not allow', () => kafkaTopic('kafka://localhost', 'a/b'), /a name that Kafka allows/],
    ['an address of something else', () => kafkaTopic('http://localhost', 'a'), /expected an address such as kafka:\/\/localhost:9092/],
    ['a codec that there is not', () => kafkaTopic('kafka://localhost', 'a', { codec: 'xml' as 'text' }), /'json', 'text', 'bytes', avro/],
    ["'now' without follow", () => kafkaTopic('kafka://localhost', 'a', { from: 'now' }), /follow is not true/],
    ['a misspelt option', () => kafkaTopic('kafka://localhost', 'a', { folow: true } as object), /folow/],
  ]
  for (const [what, make, message] of wrong) await t.test(what, async () => rejects(async () => make(), message))
})

// What a user is told who may not do what a pipeline needs, and that what it then is granted is enough. Part of secured.test.ts, for its broker.
import { deepEqual, equal, match } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { kafkaTopic, type KafkaTopicOptions } from '../../src/connectors/kafka/kafka-topic.ts'
import { openKafka } from '../../src/logs/kafka/kafka-log.ts'
import type { SinkChunk } from '../../src/sink.ts'
import { ForeignTopic, Reading } from './foreign-topic.ts'
import { grant, guest, guestPassword, type Grant, type SecuredBroker } from './secured-broker.ts'

export function testPermissions(secured: () => SecuredBroker): void {
  const asGuest = (prefix: string) => `kafka+tls://${guest}:${guestPassword}@${secured().withPassword}/${prefix}?ca=${secured().ca}`

  test('a user who may make no topics is told what the engine needs', async () => {
    const error = await failureOf(openKafka(asGuest(randomUUID())))
    match(error.message, /TOPIC_AUTHORIZATION_FAILED: this user may not do that; grant it Create, Describe, Read, Write and Delete on topics that begin with the engine's prefix/)
  })

  test('a user who may not read a topic of others is told what it needs, and that is enough', async () => {
    const topic = await ForeignTopic.at(secured().broker.address)
    await topic.write([{ value: '1' }, { value: '2' }])
    using reading = new Reading()
    const read = () => reading.all(kafkaTopic(asGuest('any'), topic.name))
    match((await failureOf(read())).message, /cannot be read: Kafka said TOPIC_AUTHORIZATION_FAILED: this user may not read it; grant it Read and Describe on the topic/)
    const items = await granted([{ to: 'topic', prefix: topic.name, operation: 'Describe' }, { to: 'topic', prefix: topic.name, operation: 'Read' }], read)
    deepEqual(items.flat().map(({ item }) => item), [1, 2])
  })

  test('a user who may not write to a topic of others is told what it needs: less without transactions than with them', async () => {
    const topic = await ForeignTopic.at(secured().broker.address)
    const write = (item: string, options: KafkaTopicOptions<unknown> = {}) => kafkaTopic(asGuest(topic.name), topic.name, options).write(chunkOf(item))
    match((await failureOf(write('a'))).message, /TOPIC_AUTHORIZATION_FAILED: this user may not write to it; grant it Write and Describe on the topic/)
    await granted([{ to: 'topic', prefix: topic.name, operation: 'Write' }], () => write('at least once', { transactions: false }))
    match((await failureOf(write('b'))).message, /TRANSACTIONAL_ID_AUTHORIZATION_FAILED: this user may not write in transactions; grant it Write and Describe on transactional ids that begin with the address's prefix/)
    await granted([{ to: 'transactionalId', prefix: topic.name, operation: 'Write' }], async () => match((await failureOf(write('c'))).message, /GROUP_AUTHORIZATION_FAILED: .* grant it Read on groups that begin with the address's prefix/))
    await granted([{ to: 'group', prefix: topic.name, operation: 'Read' }, { to: 'topic', prefix: topic.name, operation: 'Read' }], () => write('in a transaction'))
    deepEqual((await topic.read(2)).map(({ value }) => value), ['"at least once"', '"in a transaction"'])
  })

  /** Brokers learn of a permission some time after it was given. */
  async function granted<Result>(grants: readonly Grant[], work: () => Promise<Result>): Promise<Result> {
    await grant(secured().broker.address, grants)
    for (const deadline = performance.now() + 30_000; ;) {
      try {
        return await work()
      } catch (error) {
        if (performance.now() > deadline) throw error
      }
    }
  }
}

function chunkOf(item: string): SinkChunk<unknown> {
  return {
    id: item, run: item, subscription: 'stage', partition: 0, epoch: 1, ranges: [[0, 1]], items: [item], offsets: [0],
    meta: [{ id: item, key: undefined, time: new Date(0), headers: {}, origin: item }], signal: new AbortController().signal,
  }
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  const error = await work.then(() => undefined, (failure: Error) => failure)
  equal(error instanceof Error, true, 'it was allowed')
  return error!
}

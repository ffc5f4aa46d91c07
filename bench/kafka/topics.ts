// The topics of the benchmark kafka: made, filled, and read back by the client's own consumer, which sees what is committed.
import { Admin, Consumer, Producer, ProduceAcks } from '@platformatic/kafka'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { batchStarts, itemAt, itemsBetween, ProcessedCount, type Item } from '../peers/item.ts'
import type { RecordForm } from './copier.ts'

export const partitions = 1
export const chunkItems = 1_000
const itemsInSend = 10_000
const quietMs = 200
const readWithinMs = 300_000
const latest = -1n
/** As those of Batchwork: the client sends what it is given at once for a partition as one batch, and brokers take 1 MB by default. */
const configs = [{ name: 'max.message.bytes', value: String(64 * 1024 * 1024) }]

export class Topics {
  readonly #broker: string
  readonly #admin: Admin

  constructor(broker: string) {
    this.#broker = broker
    this.#admin = new Admin({ clientId: 'bench', bootstrapBrokers: [broker], retries: 20, retryDelay: 200 })
  }

  async make(...topics: readonly string[]): Promise<void> {
    await this.#admin.createTopics({ topics: [...topics], partitions, replicas: 1, configs })
  }

  async remove(...topics: readonly string[]): Promise<void> {
    await this.#admin.deleteTopics({ topics: [...topics] })
  }

  async removeAllOf(prefix: string): Promise<void> {
    const names = await this.#admin.listTopics()
    const own = names.filter(name => name.startsWith(`${prefix}.`))
    if (own.length > 0) await this.remove(...own)
  }

  async fill(topic: string, items: number, form: RecordForm): Promise<void> {
    const producer = new Producer({ clientId: 'bench', bootstrapBrokers: [this.#broker], acks: ProduceAcks.ALL })
    for (const [index, first] of batchStarts(items, itemsInSend).entries()) {
      const values = valuesOf(first, Math.min(first + itemsInSend, items), form)
      await producer.send({ messages: values.map(value => ({ topic, partition: index % partitions, value: Buffer.from(value) })) })
    }
    await producer.close()
  }

  /** Throws unless the topic has each item once. */
  async assertEachOnce(topic: string, items: number, form: RecordForm): Promise<void> {
    const seen = new ProcessedCount(items)
    const ends = await this.#endsOf(topic)
    const consumer = new Consumer({ clientId: 'bench', groupId: randomUUID(), bootstrapBrokers: [this.#broker], autocommit: false, highWaterMark: itemsInSend, maxWaitTime: quietMs })
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', isolationLevel: 1 })
    const deadline = performance.now() + readWithinMs
    stream.on('data', ({ value }) => {
      const found = JSON.parse(value.toString()) as Item | readonly Item[]
      for (const { id } of form === 'item' ? [found as Item] : found as readonly Item[]) seen.add(id)
    })
    const isAtEnd = () => ends.every((end, partition) => (stream.offsetsToFetch.get(`${topic}:${partition}`) ?? 0n) >= end)
    for (let before = -1; !isAtEnd() || seen.total > before;) {
      if (performance.now() > deadline) throw new Error(`Topic ${topic} was not read to its end within ${readWithinMs / 1000} s; ${seen.total} of ${items} items came.`)
      before = seen.total
      await pause(quietMs)
    }
    await consumer.close(true)
    seen.assertEachOnce()
  }

  async close(): Promise<void> {
    await this.#admin.close()
  }

  /** By partition: what is committed lies before. */
  async #endsOf(topic: string): Promise<readonly bigint[]> {
    const count = (await this.#admin.metadata({ topics: [topic] })).topics.get(topic)!.partitionsCount
    const [found] = await this.#admin.listOffsets({ topics: [{ name: topic, partitions: Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp: latest })) }], isolationLevel: 1 })
    return found!.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex).map(({ offset }) => offset)
  }
}

function valuesOf(start: number, end: number, form: RecordForm): readonly string[] {
  if (form === 'item') return Array.from({ length: end - start }, (_, index) => JSON.stringify(itemAt(start + index)))
  return batchStarts(end - start, chunkItems).map(first => JSON.stringify(itemsBetween(start + first, Math.min(start + first + chunkItems, end))))
}

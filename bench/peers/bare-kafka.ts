// The ceiling on Kafka: the client alone, consume-process-produce in transactions with the group's offsets, and no account of single items.
// A record holds one item, whose bytes are passed on, or a chunk of items as a JSON array, which is read and written again.
import { Consumer, MessagesStreamModes, Producer, type Message, type MessagesStream } from '@platformatic/kafka'
import { fileURLToPath } from 'node:url'
import type { Copied, Copier, CopyPlaces, Copying, RecordForm } from '../kafka/copier.ts'
import { chunkItems } from '../kafka/topics.ts'
import { handOver, parametersOf } from '../measure/child.ts'
import { cpuSecondsOf } from '../measure/program.ts'
import type { Item } from './item.ts'

export interface BareSetting {
  readonly name: string
  readonly record: RecordForm
  /** Of one transaction. */
  readonly records: number
  /** Of one produce request; those of a transaction go out one after the other. */
  readonly recordsInSend: number
}

interface BareCopy extends BareSetting, CopyPlaces {}

type KafkaMessage = Message<Buffer, Buffer, Buffer, Buffer>

/** With the default retryDelay each transaction takes a second. */
const patience = { retryDelay: 5, retries: 50 }
const fetchBytesMax = 8_000_000
const fetchWaitMs = 100

export function bareKafka(setting: BareSetting, version: string): Copier {
  const { name, record, records, recordsInSend } = setting
  const work = record === 'item' ? 'an item a record, its bytes passed on' : `${chunkItems} items a record, JSON read and written`
  return {
    name, record, version,
    settings: `${work}; one consumer, one transactional producer; ${records} records a transaction, ${recordsInSend} a request, fetches up to ${fetchBytesMax / 1e6} MB ahead of the transaction, retryDelay ${patience.retryDelay}`,
    program: places => ({ file: process.execPath, parameters: [fileURLToPath(import.meta.url), JSON.stringify({ ...places, ...setting } satisfies BareCopy)] }),
  }
}

async function copy({ broker, record, records, recordsInSend }: BareCopy, { from, to, items }: Copying): Promise<Pick<Copied, 'seconds' | 'transactions'>> {
  const own = { clientId: 'bare', bootstrapBrokers: [broker], ...patience }
  const consumer = new Consumer({ ...own, groupId: to, autocommit: false, maxBytes: fetchBytesMax, maxBytesPerPartition: fetchBytesMax, maxWaitTime: fetchWaitMs, highWaterMark: records })
  // Unless it says that it has no number yet, a producer that is restarted is fenced instead of the one before it.
  const producer = new Producer({ ...own, idempotent: true, transactionalId: to, producerId: -1n, producerEpoch: -1 })
  const start = performance.now()
  const stream = await consumer.consume({ topics: [from], mode: MessagesStreamModes.EARLIEST, isolationLevel: 1 })
  const input = new Input(stream)
  const total = record === 'item' ? items : Math.ceil(items / chunkItems)
  let transactions = 0
  for (let done = 0; done < total; transactions++) {
    const taken = await input.take(Math.min(records, total - done))
    const messages = taken.map(({ partition, value }) => ({ topic: to, partition, value: record === 'item' ? noOp(value) : reprocessed(value) }))
    const transaction = await producer.beginTransaction()
    for (let first = 0; first < messages.length; first += recordsInSend) await transaction.send({ messages: messages.slice(first, first + recordsInSend) })
    await transaction.addConsumer(consumer)
    // Those added at once become one.
    for (const last of new Map(taken.map(message => [message.partition, message])).values()) await transaction.addOffset(last)
    await transaction.commit()
    done += taken.length
  }
  const seconds = (performance.now() - start) / 1000
  await producer.close()
  await consumer.close(true)
  return { seconds, transactions }
}

/** The stream fetches only while somebody listens to 'readable', so one listener stays from the first read to the last. */
class Input {
  readonly #stream: MessagesStream<Buffer, Buffer, Buffer, Buffer>
  #more = Promise.withResolvers<void>()

  constructor(stream: MessagesStream<Buffer, Buffer, Buffer, Buffer>) {
    this.#stream = stream
    stream.on('readable', () => this.#more.resolve()).on('error', error => this.#more.reject(error))
  }

  /** So many; the topic is known to have them. */
  async take(count: number): Promise<readonly KafkaMessage[]> {
    const taken: KafkaMessage[] = []
    while (taken.length < count) {
      const message = this.#stream.read() as KafkaMessage | null
      if (message) {
        taken.push(message)
        continue
      }
      await this.#more.promise
      this.#more = Promise.withResolvers()
    }
    return taken
  }
}

function reprocessed(value: Buffer): Buffer {
  return Buffer.from(JSON.stringify((JSON.parse(value.toString()) as readonly Item[]).map(noOp)))
}

function noOp<Value>(value: Value): Value {
  return value
}

if (import.meta.main) {
  const setting = parametersOf<BareCopy>()
  await copy(setting, setting.warmUp)
  const [own, broker] = [process.pid, setting.brokerPid].map(cpuSecondsOf) as [number, number]
  const copied = await copy(setting, setting.measured)
  handOver({ ...copied, cpuSeconds: cpuSecondsOf(process.pid) - own, brokerCpuSeconds: cpuSecondsOf(setting.brokerPid) - broker } satisfies Copied)
}

// A topic of others as a sink: one record an item. Committed output is exactly once where the broker lets this user write in transactions (committed-writer.ts), and
// at least once otherwise.
import { Appender } from '../../logs/kafka/appender.ts'
import type { Cluster } from '../../logs/kafka/cluster.ts'
import { codesOf } from '../../logs/kafka/failures.ts'
import { KafkaNames } from '../../logs/kafka/names.ts'
import type { NewRecord } from '../../logs/kafka/records.ts'
import { LogError, PermanentError } from '../../model/errors.ts'
import type { Meta } from '../../model/item.ts'
import type { SinkChunk } from '../../sink.ts'
import { messageOf } from '../../sources/source-error.ts'
import type { KafkaCodec } from './codecs/codec.ts'
import { CommittedWriter } from './committed-writer.ts'
import { sinkError } from './failures.ts'
import { Partitioner } from './partitioner.ts'
import type { SharedCluster } from './shared-cluster.ts'
import { describeTopic } from './topic-places.ts'

export interface TopicSinkOptions<T> {
  readonly shared: SharedCluster
  readonly prefix: string
  readonly topic: string
  readonly codec: KafkaCodec<any>
  readonly key: ((item: T) => string | undefined) | undefined
  readonly transactions: boolean
}

/** Brokers take batches of about 1 MB unless they are told otherwise. */
const batchBytesMax = 900_000
/** Each record in a batch of its own. */
const alone = 0

interface Target {
  readonly partitioner: Partitioner
  readonly appender: Appender
  readonly writers: Map<string, CommittedWriter>
}

export class TopicSink<T> {
  readonly #options: TopicSinkOptions<T>
  readonly #targets = new WeakMap<Cluster, Promise<Target>>()

  constructor(options: TopicSinkOptions<T>) {
    this.#options = options
  }

  async write(chunk: SinkChunk<T>): Promise<void> {
    const { shared, topic, codec } = this.#options
    try {
      await codec.beforeEncode?.(topic)
      await shared.during(cluster => this.#writeTo(cluster, chunk))
    } catch (error) {
      if (error instanceof PermanentError) throw error
      throw refusal(topic, error) ?? sinkError(topic, error)
    }
  }

  /** Nothing is left open: connections end with the run and not a moment later. */
  finish(): void {
    this.#options.shared.endIfIdle()
  }

  async #writeTo(cluster: Cluster, chunk: SinkChunk<T>): Promise<void> {
    const target = await this.#targetOn(cluster)
    target.partitioner.begin()
    const records: (NewRecord | undefined)[] = []
    const recordOf = (index: number) => records[index] ??= this.#recordOf(target.partitioner, chunk.items[index]!, chunk.meta[index]!)
    if (!this.#options.transactions) {
      await target.appender.append(chunk.items.map((_, index) => recordOf(index)))
      return
    }
    const writer = this.#writerOf(cluster, target, chunk)
    await writer.write(chunk, recordOf, batchBytesMax).catch((error: unknown) => {
      if (chunk.items.length === 1 || !codesOf(error).includes('MESSAGE_TOO_LARGE')) throw error
      // The topic takes less than others do. Nothing of it was stored.
      return writer.write(chunk, recordOf, alone)
    })
  }

  #writerOf(cluster: Cluster, { writers }: Target, chunk: SinkChunk<T>): CommittedWriter {
    const { prefix, topic } = this.#options
    const id = JSON.stringify([chunk.run, chunk.subscription, chunk.partition])
    const writer = writers.get(id) ?? new CommittedWriter({ cluster, names: new KafkaNames(prefix), topic }, chunk)
    writers.set(id, writer)
    return writer
  }

  #recordOf(partitioner: Partitioner, item: T, meta: Meta): NewRecord {
    const { topic, codec } = this.#options
    try {
      const key = this.#options.key ? this.#options.key(item) : meta.key
      return {
        topic, partition: partitioner.partitionOf(key), key: key === undefined ? undefined : Buffer.from(key), value: item === null ? null : codec.encode(item, topic),
        headers: { ...meta.headers, 'batchwork-id': meta.id, 'batchwork-time': meta.time.toISOString(), 'batchwork-origin': meta.origin },
        // Not the item's time: retention goes by it, and would delete at once what tells of long ago.
        at: Date.now(),
      }
    } catch (error) {
      throw new PermanentError(`the item cannot be written to Kafka topic '${topic}': ${messageOf(error)}`, { cause: error })
    }
  }

  #targetOn(cluster: Cluster): Promise<Target> {
    const known = this.#targets.get(cluster) ?? this.#open(cluster)
    this.#targets.set(cluster, known)
    known.catch(() => this.#targets.delete(cluster))
    return known
  }

  async #open(cluster: Cluster): Promise<Target> {
    const { partitions } = await describeTopic(cluster, this.#options.topic)
    return { partitioner: new Partitioner(cluster.kafka, partitions), appender: new Appender(cluster, batchBytesMax), writers: new Map() }
  }
}

/** What the topic never takes, however often it is tried. */
function refusal(topic: string, error: unknown): PermanentError | undefined {
  const codes = codesOf(error instanceof LogError ? error.cause : error)
  const what = `Kafka topic '${topic}' does not take it`
  if (codes.includes('MESSAGE_TOO_LARGE') || codes.includes('RECORD_LIST_TOO_LARGE')) return new PermanentError(`${what}: the item is larger than its max.message.bytes; keep what is large in a file and let the item name it (claim check), or raise that setting of the topic`, { cause: error })
  if (codes.includes('INVALID_RECORD')) return new PermanentError(`${what}: the broker calls the record invalid; a compacted topic wants a key (give the topic 'key')`, { cause: error })
  return undefined
}

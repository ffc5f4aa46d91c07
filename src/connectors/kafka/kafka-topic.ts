// An existing topic on any Kafka cluster, whoever writes or reads it, as a source and as a sink; on every engine.
import { OptionError } from '../../model/errors.ts'
import type { Sink, SinkChunk } from '../../sink.ts'
import type { Source, SourceContext, SourceItem, Split } from '../../source.ts'
import { checkOptions, checkText } from '../../sources/options.ts'
import { kafkaAddress } from '../../logs/kafka/address.ts'
import type { KafkaCodec } from './codecs/codec.ts'
import { codecOf, type CodecName } from './codecs/named.ts'
import type { ForeignRecord } from './foreign-record.ts'
import { SharedCluster } from './shared-cluster.ts'
import { TopicSink } from './topic-sink.ts'
import { TopicSource } from './topic-source.ts'

export interface KafkaTopicOptions<T, V = T> {
  /** How values are read and written: 'json', 'text' (UTF-8), 'bytes', or a codec such as `avro({ schema })`. Default 'json'. */
  readonly codec?: CodecName | KafkaCodec<V> | undefined
  /** Where reading begins, in each partition: at the first record that is kept, at what comes from now on (with `follow`), or at the first record of that time or later. Default 'beginning'. */
  readonly from?: 'beginning' | 'now' | Date | undefined
  /** Goes on with what comes, for ever: for `start`. Default false: what is there when the run begins is read. */
  readonly follow?: boolean | undefined
  /** Makes the item from the record: for its key, headers, time, or place. Default: the item is the value. What throws here sets the record aside. */
  readonly item?: ((record: ForeignRecord<V>) => T) | undefined
  /** The key that an item is written under. Default: the item's key after `keyBy`, else none. */
  readonly key?: ((item: T) => string | undefined) | undefined
  /** Writes in transactions. Without them fewer permissions are needed, and a crash can write items twice. Default true. */
  readonly transactions?: boolean | undefined
}

/**
 * An existing topic of a Kafka cluster as a source and a sink, whatever engine the pipeline runs on. The address is that of the engine: kafka://host:port,
 * kafka+tls://..., with user and password by environment. Needs the package '@platformatic/kafka'. Throws OptionError for wrong options; a topic that is not there
 * ends the run with SourceError or is told as SinkError.
 *
 * As a source: committed records only, those of a partition in order; a record that cannot be read becomes a dead letter. Records that were deleted before they were
 * read end the run with SourceError. A record without a value is the item null.
 *
 * As a sink: a record for each item, with the item's own headers and `batchwork-id`, `batchwork-time` and `batchwork-origin`; the item null is a record without a value. Readers with isolation.level=read_committed see committed output exactly once.
 *
 *     flow.source('orders', kafkaTopic<Order>('kafka://shop:9092', 'orders')).to(kafkaTopic('kafka://shop:9092', 'checked-orders', { key: order => order.customer }))
 */
export function kafkaTopic<T = unknown, V = T>(address: string, topic: string, options: KafkaTopicOptions<T, V> = {}): Source<T> & Sink<T> {
  checkText('kafkaTopic: the address', address, 'an address such as kafka://localhost:9092')
  checkText('kafkaTopic: the topic', topic, "a topic's name, such as 'orders'")
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(topic) || topic === '.' || topic === '..') throw new OptionError('kafkaTopic: the topic', topic, "a name that Kafka allows: letters, digits, '.', '_' and '-', up to 249")
  checkOptions('kafkaTopic', options, ['codec', 'from', 'follow', 'item', 'key', 'transactions'])
  const { from = 'beginning', follow = false, item, key, transactions = true } = options
  checkPlace(from, follow)
  for (const [name, given] of Object.entries({ item, key })) if (given !== undefined && typeof given !== 'function') throw new OptionError(`kafkaTopic: ${name}`, given, 'a function')
  if (typeof transactions !== 'boolean') throw new OptionError('kafkaTopic: transactions', transactions, 'true or false')
  const { prefix, ...at } = kafkaAddress(address)
  const shared = new SharedCluster({ prefix, ...at })
  const codec = codecOf(options.codec ?? 'json')
  return new KafkaTopic<T>(topic, new TopicSource({ shared, topic, codec, from, follow, item }), new TopicSink({ shared, prefix, topic, codec, key, transactions }))
}

function checkPlace(from: unknown, follow: unknown): void {
  if (typeof follow !== 'boolean') throw new OptionError('kafkaTopic: follow', follow, 'true or false')
  if (from === 'now' && !follow) throw new OptionError('kafkaTopic: from', from, "'beginning' or a Date where follow is not true: nothing that comes later is read")
  if (from !== 'beginning' && from !== 'now' && !(from instanceof Date && !Number.isNaN(from.getTime()))) throw new OptionError('kafkaTopic: from', from, "'beginning', 'now', or a Date")
}

class KafkaTopic<T> implements Source<T>, Sink<T> {
  readonly name: string
  readonly #source: TopicSource<T>
  readonly #sink: TopicSink<T>

  constructor(name: string, source: TopicSource<T>, sink: TopicSink<T>) {
    this.name = name
    this.#source = source
    this.#sink = sink
  }

  splits(): AsyncIterable<Split> {
    return this.#source.splits()
  }

  read(split: Split, from: unknown, context: SourceContext): AsyncIterable<SourceItem<T>> {
    return this.#source.read(split, from, context)
  }

  readChunks(split: Split, from: unknown, context: SourceContext): AsyncIterable<readonly SourceItem<T>[]> {
    return this.#source.readChunks(split, from, context)
  }

  sizeOf(split: Split, position?: unknown): number | undefined {
    return this.#source.sizeOf(split, position)
  }

  waitingBehind(split: Split, position?: unknown): Promise<number> {
    return this.#source.waitingBehind(split, position)
  }

  write(chunk: SinkChunk<T>): Promise<void> {
    return this.#sink.write(chunk)
  }

  async finish(): Promise<void> {
    this.#sink.finish()
  }
}

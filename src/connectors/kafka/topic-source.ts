// A topic of others as a source: each partition is a split, and its position the offset to go on from. What lies between the offsets that were listed is read, or,
// followed, what comes for as long as the pipeline runs. Committed records only, each once, in order; what is gone before it was read is an error.
import type { Cluster } from '../../logs/kafka/cluster.ts'
import { fetchFrom, type Fetched, type Fetching } from '../../logs/kafka/fetch.ts'
import type { KafkaRecord } from '../../logs/kafka/records.ts'
import { OptionError } from '../../model/errors.ts'
import type { SourceContext, SourceItem, Split } from '../../source.ts'
import { ChunkedSource } from '../../sources/chunked-source.ts'
import { SourceError } from '../../sources/source-error.ts'
import { Arrivals } from './arrivals.ts'
import type { KafkaCodec } from './codecs/codec.ts'
import { sourceError } from './failures.ts'
import { itemOf, type ForeignRecord } from './foreign-record.ts'
import { Newcomers } from './newcomers.ts'
import type { SharedCluster } from './shared-cluster.ts'
import { describeTopic, endOf, offsetOfTime, startOf } from './topic-places.ts'

export interface TopicSourceOptions<T> {
  readonly shared: SharedCluster
  readonly topic: string
  readonly codec: KafkaCodec<any>
  readonly from: 'beginning' | 'now' | Date
  readonly follow: boolean
  readonly item: ((record: ForeignRecord<any>) => T) | undefined
  /** How often followed topics are looked at for partitions that were added. Default 10,000. */
  readonly newcomersEveryMs?: number | undefined
}

/** Plain data: it is stored with the list of splits. */
interface TopicPart {
  readonly topicId: string
  readonly partition: number
  readonly start: number
  /** Absent: what comes is followed. */
  readonly end?: number
  /** How many partitions are followed, with those that are waited for. */
  readonly listed?: number
}

/** Fetched at once: some are read ahead in each of up to eight partitions, or in all that are followed. */
const bytesAtOnce = 1_000_000
const bytesAtOnceFollowed = 100_000
/** How long a broker holds its answer where what was listed is not there yet. */
const waitMs = 500
/** Offsets that were listed as committed come again after an election; later than that, they were lost. */
const patienceMs = 60_000
/** Splits that never end and are read at once: what the runtime allows. */
const followedMax = 1_000
/** Partitions can be added to a topic that is followed: splits that wait for them are listed with the others. */
const newcomersMin = 16

export class TopicSource<T> extends ChunkedSource<T> {
  readonly #options: TopicSourceOptions<T>
  readonly #newcomers: Newcomers
  readonly #arrivals = new WeakMap<Cluster, Arrivals>()

  constructor(options: TopicSourceOptions<T>) {
    super()
    this.#options = options
    this.#newcomers = new Newcomers(options.topic, options.newcomersEveryMs)
  }

  splits(): AsyncGenerator<Split> {
    return this.#list()
  }

  sizeOf({ data }: Split, position?: unknown): number | undefined {
    const { start, end } = data as TopicPart
    return position === undefined ? end === undefined ? undefined : end - start : (position as number) - start
  }

  /** Records at most: marks of transactions have offsets too. */
  async waitingBehind({ data }: Split, position?: unknown): Promise<number> {
    const { partition, start, end, topicId } = data as TopicPart
    const { shared, topic } = this.#options
    try {
      return await shared.during(async cluster => {
        const { id, partitions } = await describeTopic(cluster, topic)
        // A partition that is waited for, or those of a topic that was made again.
        if (partition >= partitions || id !== topicId) return 0
        return Math.max(0, (end ?? await endOf(cluster, topic, partition)) - ((position ?? start) as number))
      })
    } catch (error) {
      throw sourceError(topic, error)
    }
  }

  async *readChunks({ data }: Split, from: unknown, context: SourceContext): AsyncGenerator<readonly SourceItem<T>[]> {
    const part = data as TopicPart
    const { shared, topic } = this.#options
    let release = () => {}
    try {
      const lease = await shared.lease()
      release = lease.release
      // Who reads is not always told to stop: a run that ended leaves it where it is.
      context.signal.addEventListener('abort', release, { once: true })
      await this.#checkSame(lease.cluster, part)
      yield* this.#records(lease.cluster, part, (from ?? part.start) as number, context)
    } catch (error) {
      // What was under way when the run stopped is of no interest.
      if (!context.signal.aborted) throw sourceError(topic, error)
    } finally {
      context.signal.removeEventListener('abort', release)
      release()
    }
  }

  async *#list(): AsyncGenerator<Split> {
    const { shared, topic, follow } = this.#options
    try {
      yield* await shared.during(async cluster => {
        const { id: topicId, partitions } = await describeTopic(cluster, topic)
        const parts = await Promise.all(Array.from({ length: partitions }, (_, partition) => this.#partOf(cluster, topicId, partition)))
        return (follow ? followed(topic, parts, topicId) : parts).map((part): Split => ({ id: `${topic}-${part.partition}`, data: part, ...follow ? { isEndless: true } : {} }))
      })
    } catch (error) {
      throw sourceError(topic, error)
    }
  }

  async #partOf(cluster: Cluster, topicId: string, partition: number): Promise<TopicPart> {
    const { topic, from, follow } = this.#options
    const [first, end] = await Promise.all([startOf(cluster, topic, partition), endOf(cluster, topic, partition)])
    const start = from === 'beginning' ? first : from === 'now' ? end : await offsetOfTime(cluster, topic, partition, from)
    return { topicId, partition, start: Math.min(start, end), ...follow ? {} : { end } }
  }

  /** A topic that was deleted and made again has other records under the same offsets. */
  async #checkSame(cluster: Cluster, { topicId }: TopicPart): Promise<void> {
    const { topic } = this.#options
    if ((await describeTopic(cluster, topic)).id !== topicId) throw new SourceError(`topic '${topic}' was deleted and made again since this run listed its partitions: what it was to read is gone; start anew with --fresh`)
  }

  #records(cluster: Cluster, part: TopicPart, from: number, context: SourceContext): AsyncGenerator<readonly SourceItem<T>[]> {
    return part.end === undefined ? this.#followed(cluster, part, from, context) : this.#bounded(cluster, part, part.end, from, context)
  }

  async *#bounded(cluster: Cluster, { partition }: TopicPart, end: number, from: number, context: SourceContext): AsyncGenerator<readonly SourceItem<T>[]> {
    let offset = from
    for (let movedAt = performance.now(); offset < end && !context.signal.aborted;) {
      const { records, next } = await this.#fetch(cluster, { partition, offset, bytesMax: bytesAtOnce, waitMs })
      const wanted = records.filter(record => record.offset < end)
      if (wanted.length > 0) yield await this.#itemsOf(wanted, partition)
      if (next > offset) movedAt = performance.now()
      else if (performance.now() > movedAt + patienceMs) throw this.#lost(partition, end, offset)
      offset = next
    }
  }

  async *#followed(cluster: Cluster, { partition, listed }: TopicPart, from: number, context: SourceContext): AsyncGenerator<readonly SourceItem<T>[]> {
    const { signal } = context
    const isThere = () => this.#newcomers.isThere(cluster, { partition, listed: listed! })
    while (!signal.aborted && !(await isThere())) {
      yield []
      await this.#newcomers.wait(signal)
    }
    const arrivals = this.#arrivalsOn(cluster)
    for (let offset = from; !signal.aborted;) {
      const arrival = arrivals.next(partition)
      const { records, next } = await this.#fetch(cluster, { partition, offset, bytesMax: bytesAtOnceFollowed })
      // Empty: all there is for now was given.
      yield await this.#itemsOf(records, partition)
      if (next === offset) await arrivals.within(arrival, signal)
      offset = next
      // There may be more by now than anyone reads.
      await isThere()
    }
  }

  async #fetch(cluster: Cluster, fetching: Pick<Fetching, 'partition' | 'offset' | 'bytesMax' | 'waitMs'>): Promise<Fetched> {
    const fetched = await fetchFrom(cluster, { topic: this.#options.topic, lane: 'read', ...fetching })
    if (!fetched) throw await this.#gone(cluster, fetching.partition, fetching.offset)
    return fetched
  }

  async #itemsOf(records: readonly KafkaRecord[], partition: number): Promise<readonly SourceItem<T>[]> {
    const { topic, codec, item } = this.#options
    if (records.length > 0) await codec.beforeDecode?.(records.flatMap(({ value }) => value ?? []))
    return records.map(record => itemOf(record, { topic, partition }, codec, item))
  }

  #arrivalsOn(cluster: Cluster): Arrivals {
    const known = this.#arrivals.get(cluster) ?? new Arrivals(cluster, this.#options.topic)
    this.#arrivals.set(cluster, known)
    return known
  }

  #lost(partition: number, end: number, offset: number): SourceError {
    return new SourceError(`partition ${partition} of topic '${this.#options.topic}' was listed with records up to offset ${end}, and ends at ${offset} now: the brokers have lost what came after; start anew with --fresh`)
  }

  async #gone(cluster: Cluster, partition: number, offset: number): Promise<SourceError> {
    const { topic } = this.#options
    const [start, end] = await Promise.all([startOf(cluster, topic, partition), endOf(cluster, topic, partition)])
    const why = offset < start
      ? `it begins at ${start} now: what was to be read next was deleted, by the topic's retention or by a person; give the topic a longer retention.ms`
      : `it ends at ${end} now: the brokers have lost what came after`
    return new SourceError(`partition ${partition} of topic '${topic}' was to be read from offset ${offset}, but ${why}. To go on with what is there, start anew with --fresh`)
  }
}

/** With those that are waited for. */
function followed(topic: string, parts: readonly TopicPart[], topicId: string): readonly TopicPart[] {
  if (parts.length > followedMax) throw new OptionError(`kafkaTopic: follow of topic '${topic}' with ${parts.length} partitions`, true, `false: at most ${followedMax} partitions can be followed`)
  const listed = Math.min(parts.length + Math.max(parts.length, newcomersMin), followedMax)
  return Array.from({ length: listed }, (_, partition) => ({ ...parts[partition] ?? { topicId, partition, start: 0 }, listed }))
}

// The topics of this prefix: what the ledger says of them, and the Kafka topics behind them.
import type { PartitionId, TopicInfo, TopicSpec } from '../../log.ts'
import { LogError } from '../../model/errors.ts'
import type { Appender } from './appender.ts'
import type { Cluster } from './cluster.ts'
import type { Ledger } from './ledger.ts'
import type { KafkaNames } from './names.ts'
import { offsetsPerRecord, type NewRecord } from './records.ts'
import type { SeenIds } from './seen-ids.ts'
import type { Tail } from './tail.ts'
import { chunkTopic, extentsOf, makeTopics, removeTopics, type Extent } from './topic-admin.ts'

export interface TopicDirectoryParts {
  readonly cluster: Cluster
  readonly names: KafkaNames
  readonly ledger: Ledger
  readonly tail: Tail
  readonly appender: Appender
  readonly seen: SeenIds
  readonly replicationFactor: number
}

const nothing: Extent = { start: 0, end: 0 }

export class TopicDirectory {
  readonly #parts: TopicDirectoryParts
  /** By topic: what is being made for the sake of what is to be written to it. */
  readonly #making = new Map<string, Promise<void>>()

  constructor(parts: TopicDirectoryParts) {
    this.#parts = parts
  }

  async create(topics: readonly TopicSpec[]): Promise<void> {
    const { ledger, tail } = this.#parts
    await tail.atEnd()
    for (const { name, partitions } of topics) this.#refuseOtherPartitions(name, partitions)
    const known = ({ name }: TopicSpec) => ledger.topics.get(name)
    const [later, now] = [topics.filter(spec => spec.isSeldomUsed && !known(spec)), topics.filter(spec => !spec.isSeldomUsed && !known(spec)?.isMade)]
    await this.#make(now)
    const subscriptions = topics.flatMap(({ name, subscriptions: wanted }) => wanted.filter(each => !ledger.topics.get(name)?.subscriptions.has(each)).map(each => ledger.subscriptionRecord(name, each, true)))
    await this.note([...now.map(spec => ledger.topicRecord({ ...spec, isMade: true })), ...later.map(spec => ledger.topicRecord({ ...spec, isMade: false })), ...subscriptions])
  }

  async remove(given: readonly string[]): Promise<void> {
    const { cluster, names, ledger, tail, appender, seen } = this.#parts
    await tail.atEnd()
    const known = given.filter(name => ledger.topics.has(name))
    const made = known.filter(name => ledger.topics.get(name)!.isMade)
    await this.note(known.flatMap(name => ledger.forgetting(name)))
    if (known.length > 0) await appender.append(known.map(name => seen.forgetting(name, Date.now())))
    await removeTopics(cluster, made.map(name => names.topic(name)))
  }

  async list(): Promise<readonly TopicInfo[]> {
    const { cluster, names, ledger, tail } = this.#parts
    await tail.atEnd()
    const known = [...ledger.topics.values()]
    const extents = await extentsOf(cluster, new Map(known.filter(({ isMade }) => isMade).map(({ name, partitions }) => [names.topic(name), partitions])))
    return known.map(({ name, partitions, subscriptions }) => ({
      name, partitions, subscriptions: [...subscriptions],
      extents: (extents.get(names.topic(name)) ?? Array.from({ length: partitions }, () => nothing)).map(({ start, end }) => ({ start: start * offsetsPerRecord, end: end * offsetsPerRecord })),
    }))
  }

  async partitionCounts(): Promise<ReadonlyMap<string, number>> {
    const { ledger, tail } = this.#parts
    await tail.atEnd()
    return new Map(Array.from(ledger.topics.values(), ({ name, partitions }) => [name, partitions]))
  }

  has({ topic, partition }: PartitionId): boolean {
    const partitions = this.#parts.ledger.topics.get(topic)?.partitions ?? 0
    return Number.isInteger(partition) && partition >= 0 && partition < partitions
  }

  /** Whether it can be written to as it is. */
  isReady(id: PartitionId): boolean {
    return this.has(id) && this.#parts.ledger.topics.get(id.topic)!.isMade
  }

  /** Makes what was put off until something is written. Throws LogError NO_TOPIC. */
  async ready(ids: readonly PartitionId[]): Promise<void> {
    await this.check(ids)
    const waiting = ids.filter(id => !this.isReady(id)).map(({ topic }) => topic)
    await Promise.all(Array.from(new Set(waiting), topic => this.#makeLate(topic)))
  }

  /** Whether something may have been written to it by now, here or elsewhere. */
  async mayHold(id: PartitionId): Promise<boolean> {
    if (!this.isReady(id)) await this.#parts.tail.atEnd()
    return this.isReady(id)
  }

  /** Throws LogError NO_TOPIC. Another process may just have made it, so the ledger is looked at before. */
  async check(ids: readonly PartitionId[]): Promise<void> {
    if (ids.every(id => this.has(id))) return
    const { ledger, tail } = this.#parts
    await tail.atEnd()
    for (const id of ids) {
      const known = ledger.topics.get(id.topic)
      if (!known) throw new LogError('NO_TOPIC', `there is no topic '${id.topic}'; create it first`)
      if (!this.has(id)) throw new LogError('NO_TOPIC', `topic '${id.topic}' has no partition ${id.partition}: it has ${known.partitions}, counted from 0`)
    }
  }

  /** Puts records into the ledger: stored, and seen here. */
  async note(records: readonly NewRecord[]): Promise<void> {
    const { appender, tail } = this.#parts
    if (records.length === 0) return
    const offsets = await appender.append(records)
    await tail.passed(offsets.at(-1)! + 1)
  }

  #makeLate(topic: string): Promise<void> {
    const making = this.#making.get(topic) ?? this.#makeNow(topic).finally(() => this.#making.delete(topic))
    this.#making.set(topic, making)
    return making
  }

  async #makeNow(name: string): Promise<void> {
    const { ledger } = this.#parts
    const { partitions } = ledger.topics.get(name)!
    await this.#make([{ name, partitions }])
    await this.note([ledger.topicRecord({ name, partitions, isMade: true })])
  }

  #make(topics: readonly Pick<TopicSpec, 'name' | 'partitions'>[]): Promise<void> {
    const { cluster, names, replicationFactor } = this.#parts
    return makeTopics(cluster, topics.map(({ name, partitions }) => ({ topic: names.topic(name), partitions, settings: chunkTopic })), replicationFactor)
  }

  #refuseOtherPartitions(name: string, partitions: number): void {
    const known = this.#parts.ledger.topics.get(name)
    if (known && known.partitions !== partitions) {
      throw new LogError('PARTITIONS', `topic '${name}' has ${known.partitions} partitions and cannot get ${partitions}; use another name, or delete the topic first`)
    }
  }
}

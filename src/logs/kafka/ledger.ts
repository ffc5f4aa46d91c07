// What the engine knows of itself, in one compacted topic of one partition: which topics and subscriptions there are, how far each is, and the state. Each
// process reads it from the beginning and keeps what holds now; so what one commit changed here is seen as a whole.
import type { News, Progress, StateChange, StateEntry } from '../../log.ts'
import { CommittedEpochs } from './committed-epochs.ts'
import { headerOf, type KafkaRecord, type NewRecord, type Producer } from './records.ts'
import { StateCache } from './state-cache.ts'

export interface KnownTopic {
  readonly name: string
  readonly partitions: number
  readonly subscriptions: ReadonlySet<string>
  /** Whether there is a topic of Kafka behind it: one that is seldom used gets it when something is first appended. */
  readonly isMade: boolean
}

type Key =
  | readonly ['topic', name: string]
  | readonly ['subscription', topic: string, name: string]
  | readonly ['progress', subscription: string, topic: string, partition: number]
  | readonly ['state', store: string, key: string]
  /** Its offset is the epoch of a group's generation: higher than any before, and no other group's. */
  | readonly ['epoch', group: string]
  /** Holds nothing: says in its header that a commit took place. */
  | readonly ['commit']

interface FreshNews extends News {
  readonly progress: Progress[]
  readonly state: StateChange[]
}

const commitHeader = 'commit'

export class Ledger {
  readonly #topic: string
  readonly #topics = new Map<string, KnownTopic>()
  /** By topic. Apart from the topics: compaction keeps no order between the two. */
  readonly #subscriptions = new Map<string, Set<string>>()
  /** By subscription, then by topic and partition. */
  readonly #progress = new Map<string, Map<string, Progress>>()
  readonly #state = new StateCache()
  readonly #awaited = new Set<string>()
  readonly #seen = new Set<string>()
  readonly #committed = new CommittedEpochs()

  readonly #listeners = new Set<(news: News) => void>()
  /** Not told yet: all that comes in one go is. */
  #news: FreshNews | undefined
  readonly #onTopic: (topic: KnownTopic) => void
  readonly #onForgotten: (name: string) => void

  /** Told of each topic as it comes, and as it is deleted, by whomever. */
  constructor(topic: string, { onTopic, onForgotten }: { readonly onTopic: (topic: KnownTopic) => void, readonly onForgotten: (name: string) => void }) {
    this.#topic = topic
    this.#onTopic = onTopic
    this.#onForgotten = onForgotten
  }

  get topics(): ReadonlyMap<string, KnownTopic> {
    return this.#topics
  }

  progressOf(subscription: string): readonly Progress[] {
    return [...this.#progress.get(subscription)?.values() ?? []]
  }

  /** Of one subscription in one partition. */
  progressAt(subscription: string, topic: string, partition: number): Progress | undefined {
    return this.#progress.get(subscription)?.get(`${partition}:${topic}`)
  }

  get(store: string, keys: readonly string[]): readonly StateEntry[] {
    return this.#state.get(store, keys)
  }

  scan(store: string, after: string | undefined, limit: number): readonly StateEntry[] {
    return this.#state.scan(store, after, limit)
  }

  keysOf(store: string): readonly string[] {
    return this.#state.keysOf(store)
  }

  /** From now on it is noted whether this commit shows up. */
  await(commit: string): void {
    this.#awaited.add(commit)
  }

  /** Whether it showed up. It is forgotten. */
  sawCommit(commit: string): boolean {
    this.#awaited.delete(commit)
    return this.#seen.delete(commit)
  }

  /** Whether a transaction was, as far as the ledger is read and was not compacted. */
  wasCommitted(producer: Producer): boolean {
    return this.#committed.has(producer)
  }

  /** A record as it is read back. */
  take(record: KafkaRecord): void {
    const commit = headerOf(record, commitHeader)
    if (commit !== undefined) this.#committed.add(record.producer)
    if (commit !== undefined && this.#awaited.has(commit)) this.#seen.add(commit)
    if (record.key === null) return
    this.#apply(JSON.parse(record.key.toString()) as Key, record.value?.toString() ?? null)
  }

  /** Told of what is read from now on. */
  follow(listener: (news: News) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  close(): void {
    this.#state.close()
  }

  topicRecord({ name, partitions, isMade }: Omit<KnownTopic, 'subscriptions'>): NewRecord {
    return this.#record(['topic', name], JSON.stringify({ partitions, ...isMade ? {} : { isMade } }))
  }

  subscriptionRecord(topic: string, name: string, isThere: boolean): NewRecord {
    return this.#record(['subscription', topic, name], isThere ? '{}' : null)
  }

  progressRecord({ subscription, topic, partition, mark, done, note }: Progress): NewRecord {
    return this.#record(['progress', subscription, topic, partition], JSON.stringify({ mark, done, note }))
  }

  stateRecord({ store, key, value }: StateChange): NewRecord {
    return this.#record(['state', store, key], value)
  }

  epochRecord(group: string, generation: number): NewRecord {
    return this.#record(['epoch', group], JSON.stringify({ generation }))
  }

  /** In every transaction: tells whether it took place. */
  commitRecord(commit: string): NewRecord {
    return { ...this.#record(['commit'], null), headers: { [commitHeader]: commit } }
  }

  /** All that is known of a topic, taken back. */
  forgetting(name: string): readonly NewRecord[] {
    const subscriptions = [...this.#subscriptions.get(name) ?? []].map(subscription => this.subscriptionRecord(name, subscription, false))
    const progress = [...this.#progress.values()].flatMap(byPartition => [...byPartition.values()]).filter(({ topic }) => topic === name)
    return [this.#record(['topic', name], null), ...subscriptions, ...progress.map(({ subscription, partition }) => this.#record(['progress', subscription, name, partition], null))]
  }

  #record(key: Key, value: string | null): NewRecord {
    return { topic: this.#topic, partition: 0, key: JSON.stringify(key), value, at: Date.now() }
  }

  #apply(key: Key, value: string | null): void {
    switch (key[0]) {
      case 'topic': return this.#applyTopic(key[1], value)
      case 'subscription': return this.#applySubscription(key[1], key[2], value)
      case 'progress': return this.#applyProgress(key, value)
      case 'state': return this.#applyState({ store: key[1], key: key[2], value })
      case 'epoch': case 'commit': return undefined
    }
  }

  #applyState(change: StateChange): void {
    this.#state.set(change)
    this.#fresh?.state.push(change)
  }

  /** Where somebody listens: what is to be told in the next turn. */
  get #fresh(): FreshNews | undefined {
    if (this.#listeners.size === 0) return undefined
    if (!this.#news) queueMicrotask(() => this.#tell())
    return (this.#news ??= { progress: [], state: [] })
  }

  #tell(): void {
    const news = this.#news!
    this.#news = undefined
    for (const listener of this.#listeners) listener(news)
  }

  #applyTopic(name: string, value: string | null): void {
    if (value === null) {
      this.#topics.delete(name)
      return this.#onForgotten(name)
    }
    const { partitions, isMade = true } = JSON.parse(value) as { readonly partitions: number, readonly isMade?: boolean }
    const topic: KnownTopic = { name, partitions, isMade, subscriptions: this.#subscriptionsOf(name) }
    this.#topics.set(name, topic)
    this.#onTopic(topic)
  }

  #applySubscription(topic: string, name: string, value: string | null): void {
    if (value === null) this.#subscriptionsOf(topic).delete(name)
    else this.#subscriptionsOf(topic).add(name)
  }

  #subscriptionsOf(topic: string): Set<string> {
    const known = this.#subscriptions.get(topic) ?? new Set()
    this.#subscriptions.set(topic, known)
    return known
  }

  #applyProgress([, subscription, topic, partition]: Key & readonly ['progress', ...unknown[]], value: string | null): void {
    const entries = this.#progress.get(subscription) ?? new Map<string, Progress>()
    this.#progress.set(subscription, entries)
    if (value === null) return void entries.delete(`${partition}:${topic}`)
    const progress: Progress = { topic, partition, subscription, ...JSON.parse(value) as Pick<Progress, 'mark' | 'done' | 'note'> }
    entries.set(`${partition}:${topic}`, progress)
    this.#fresh?.progress.push(progress)
  }
}

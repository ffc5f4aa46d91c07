// What the processes of a simulated log share: the stand-in for the disk or the brokers. Outlives every process that opens it.
import type { Append, Appended, Commit, News, PartitionId, Progress, TopicInfo, TopicSpec, Unique } from '../../log.ts'
import { LogError } from '../../model/errors.ts'
import { Delays } from './delays.ts'
import { GroupOwnership } from './group-ownership.ts'
import type { MemoryStoreOptions } from './options.ts'
import type { Ownership } from './ownership.ts'
import type { MemoryPartition, Place } from './partition.ts'
import { MemoryState } from './state.ts'
import { StoreOwnership } from './store-ownership.ts'
import { MemoryTopic } from './topic.ts'

interface Decided {
  readonly partition: MemoryPartition
  readonly place: Place | undefined
  readonly appended: Appended
}

export class MemoryStore {
  readonly options: MemoryStoreOptions
  readonly delays: Delays
  readonly state = new MemoryState()
  readonly ownership: Ownership
  readonly #topics = new Map<string, MemoryTopic>()
  readonly #watchers = new Set<(partition: PartitionId) => void>()
  readonly #followers = new Set<(news: News) => void>()
  /** Commits that were accepted and are not decided yet, by process. */
  readonly #undecided = new Set<object>()
  #waiting: (() => void)[] = []

  constructor(options: MemoryStoreOptions) {
    this.options = options
    this.delays = new Delays(options.clock, options.random, options.delayMsMax ?? 0)
    const partitionsOf = (names: readonly string[]) => this.#partitionsOf(names)
    this.ownership = options.ownership === 'group' ? new GroupOwnership(partitionsOf, options.random) : new StoreOwnership(partitionsOf)
  }

  createTopics(topics: readonly TopicSpec[]): void {
    for (const topic of topics) {
      const known = this.#topics.get(topic.name)
      if (known && known.partitions.length !== topic.partitions) {
        throw new LogError('PARTITIONS', `topic '${topic.name}' has ${known.partitions.length} partitions and cannot get ${topic.partitions}; use another name, or delete the topic first`)
      }
      const created = known ?? new MemoryTopic(topic, this.#gaps)
      created.subscribe(topic.subscriptions)
      this.#topics.set(topic.name, created)
      this.options.observer?.created(topic)
    }
  }

  deleteTopics(names: readonly string[]): void {
    for (const name of names) {
      this.#topics.delete(name)
      this.options.observer?.deleted(name)
    }
  }

  topics(): readonly TopicInfo[] {
    return [...this.#topics.values()].map(topic => topic.info)
  }

  topic(name: string): MemoryTopic {
    const found = this.#topics.get(name)
    if (!found) throw new LogError('NO_TOPIC', `there is no topic '${name}'; create it first`)
    return found
  }

  partition(id: PartitionId): MemoryPartition {
    return this.topic(id.topic).partition(id)
  }

  progressOf(subscription: string): readonly Progress[] {
    return [...this.#topics.values()].flatMap(topic => topic.progressOf(subscription))
  }

  append(append: Append): Appended {
    this.partition(append)
    const decided = this.#place(append)
    this.options.observer?.appended(append, decided.appended)
    if (decided.place) this.#settle(decided.partition, [decided.place])
    return decided.appended
  }

  /** All of it or, when it throws, nothing. Each partition shows its part when the end of the transaction has reached it. */
  decide(commit: Commit): readonly Appended[] {
    const { appends, progress, state } = commit
    for (const append of appends) this.partition(append)
    for (const { topic, partition } of progress) this.partition({ topic, partition })
    const decided = appends.map(append => this.#place(append))
    for (const made of progress) this.topic(made.topic).setProgress(made)
    for (const change of state) this.state.set(change)
    const appended = decided.map(each => each.appended)
    this.options.observer?.committed(commit, appended)
    for (const { topic, partition } of progress) this.#trim({ topic, partition })
    for (const follower of this.#followers) follower({ progress, state })
    this.#show(decided)
    return appended
  }

  watch(watcher: (partition: PartitionId) => void): void {
    this.#watchers.add(watcher)
  }

  unwatch(watcher: (partition: PartitionId) => void): void {
    this.#watchers.delete(watcher)
  }

  follow(follower: (news: News) => void): void {
    this.#followers.add(follower)
  }

  unfollow(follower: (news: News) => void): void {
    this.#followers.delete(follower)
  }

  /** Call the result when it is decided. */
  beginCommit(process: object): () => void {
    this.#undecided.add(process)
    return () => {
      this.#undecided.delete(process)
      const waiting = this.#waiting
      this.#waiting = []
      for (const action of waiting) action()
    }
  }

  /** What a new owner reads must include what the former one has committed, so it waits for that: Kafka's requireStable. */
  whenDecided(process: object, action: () => void): void {
    const others = this.#undecided.size - (this.#undecided.has(process) ? 1 : 0)
    if (others === 0) action()
    else this.#waiting.push(() => this.whenDecided(process, action))
  }

  get #gaps(): (() => number) | undefined {
    return this.options.gaps ? () => 1 + Math.floor(this.options.random() * 3) : undefined
  }

  #partitionsOf(names: readonly string[]): readonly PartitionId[] {
    return names.flatMap(name => this.#topics.get(name)?.partitions.map(({ id }) => id) ?? [])
  }

  #trim(id: PartitionId): void {
    const { start } = this.partition(id).extent
    this.topic(id.topic).trim(id)
    const { extent } = this.partition(id)
    if (extent.start > start) this.options.observer?.trimmed(id, extent.start)
  }

  #place(append: Append): Decided {
    const topic = this.topic(append.topic)
    const partition = topic.partition(append)
    const now = this.options.clock.now()
    const { chunk, duplicates } = topic.dropSeen(append, now)
    if (append.unique?.countedAs && duplicates.length > 0) this.#count(append.unique.countedAs, duplicates.length)
    if (chunk.count === 0) return { partition, place: undefined, appended: { offset: partition.extent.end, next: partition.extent.end, duplicates } }
    const place = partition.place(chunk, now)
    return { partition, place, appended: { offset: place.chunk.offset, next: place.chunk.next, duplicates } }
  }

  #count({ store, key }: NonNullable<Unique['countedAs']>, more: number): void {
    const [before] = this.state.get(store, [key])
    this.state.set({ store, key, value: String(Number(before?.value ?? 0) + more) })
  }

  #show(decided: readonly Decided[]): void {
    for (const [partition, parts] of Map.groupBy(decided, ({ partition }) => partition)) {
      partition.skipMarker()
      const places = parts.flatMap(({ place }) => place ?? [])
      if (places.length > 0) this.delays.later(() => this.#settle(partition, places))
    }
  }

  /** Watchers hear of it after all of it is readable. */
  #settle(partition: MemoryPartition, places: readonly Place[]): void {
    const grew = places.map(place => partition.settle(place))
    partition.wake()
    if (grew.includes(true)) for (const watcher of this.#watchers) watcher(partition.id)
  }
}

// Sees what arrives in the topic of a shape, and how much of it each run says it takes; and hands all it sees to the invariants.
import type { Append, Appended, Commit, PartitionId, TopicSpec } from '../../src/log.ts'
import type { StoreObserver } from '../../src/logs/memory/options.ts'
import { decodeItems } from '../../src/model/items.ts'
import type { Invariants } from '../../src/testing/invariants.ts'
import type { Item } from './shapes.ts'

interface Arrived {
  readonly item: Item
  readonly partition: number
  readonly offset: number
}

export class Witness implements StoreObserver {
  readonly #invariants: Invariants
  readonly #topic: string
  readonly #arrived: Arrived[] = []
  /** By run, the end of each partition. */
  readonly #ends: (readonly number[])[] = []

  constructor(invariants: Invariants, topic: string) {
    this.#invariants = invariants
    this.#topic = topic
  }

  get arrived(): readonly Item[] {
    return this.#arrived.map(({ item }) => item)
  }

  /** What a run takes, counted from 0: all that had arrived, but for what those before it took. */
  takenBy(run: number): readonly Item[] {
    const end = (index: number, partition: number) => this.#ends[index]?.[partition] ?? 0
    return this.#arrived.filter(({ partition, offset }) => offset >= end(run - 1, partition) && offset < end(run, partition)).map(({ item }) => item)
  }

  epochGiven(epoch: number): void {
    this.#invariants.epochGiven(epoch)
  }

  created(topic: TopicSpec): void {
    this.#invariants.created(topic)
  }

  deleted(topic: string): void {
    this.#invariants.deleted(topic)
  }

  appended(append: Append, appended: Appended): void {
    this.#invariants.appended(append, appended)
    if (append.topic !== this.#topic) return
    const { topic, partition, chunk } = append
    const { values } = decodeItems({ ...chunk, topic, partition, offset: 0, next: chunk.count, at: 0 })
    const dropped = new Set(appended.duplicates)
    values.filter((_, index) => !dropped.has(index)).forEach((item, index) => this.#arrived.push({ item: item as Item, partition, offset: appended.offset + index }))
  }

  committed(commit: Commit, appended: readonly Appended[]): void {
    for (const { store, key, value } of commit.state) if (store.endsWith('/until') && key === this.#topic) this.#ends.push(JSON.parse(value!) as readonly number[])
    this.#invariants.committed(commit, appended)
  }

  trimmed(id: PartitionId, start: number): void {
    this.#invariants.trimmed(id, start)
  }
}

// What a store holds, counted anew from what became durable, step by step: the measure that counters, progress and ends are held against.
import type { Append, Appended, Commit, PartitionId, Progress } from '../log.ts'
import { endOf } from '../model/items.ts'

interface PartitionCount {
  end: number
  start: number
  items: number
  dropped: number
  /** Offsets of end records. */
  readonly ends: number[]
}

interface ProgressCount {
  readonly mark: number
  readonly done: Progress['done']
}

interface TopicCount {
  readonly partitions: PartitionCount[]
  readonly subscriptions: Set<string>
  /** By subscription and partition. */
  readonly progress: Map<string, (ProgressCount | undefined)[]>
}

const beginning: ProgressCount = { mark: 0, done: [] }

export class Recount {
  readonly #topics = new Map<string, TopicCount>()
  readonly #stores = new Map<string, Map<string, string>>()

  created(name: string, subscriptions: readonly string[]): void {
    const topic = this.#topic(name)
    for (const subscription of subscriptions) topic.subscriptions.add(subscription)
  }

  deleted(topic: string): void {
    this.#topics.delete(topic)
  }

  subscriptionsOf(topic: string): ReadonlySet<string> {
    return this.#topic(topic).subscriptions
  }

  endOf(id: PartitionId): number {
    return this.#partition(id).end
  }

  startOf(id: PartitionId): number {
    return this.#partition(id).start
  }

  appended({ topic, partition, chunk }: Append, { offset, next, duplicates }: Appended): void {
    const count = this.#partition({ topic, partition })
    if (endOf(chunk)) count.ends.push(offset)
    else count.items += chunk.count - duplicates.length
    count.dropped += duplicates.length
    count.end = next
  }

  trimmed(id: PartitionId, start: number): void {
    this.#partition(id).start = start
  }

  progressed({ topic, partition, subscription, mark, done }: Progress): void {
    const { progress } = this.#topic(topic)
    let places = progress.get(subscription)
    if (!places) progress.set(subscription, (places = []))
    places[partition] = { mark, done }
  }

  changed(state: Commit['state']): void {
    for (const { store, key, value } of state) {
      let entries = this.#stores.get(store)
      if (!entries) this.#stores.set(store, (entries = new Map()))
      if (value === null) entries.delete(key)
      else entries.set(key, value)
    }
  }

  state(store: string, key: string): string | undefined {
    return this.#stores.get(store)?.get(key)
  }

  progressOf(subscription: string, { topic, partition }: PartitionId): ProgressCount {
    return this.#topic(topic).progress.get(subscription)?.[partition] ?? beginning
  }

  /** Items that were ever appended to a partition; ends do not count. */
  items(id: PartitionId): number {
    return this.#partition(id).items
  }

  /** Items that were not appended, for their id was there already. */
  dropped(id: PartitionId): number {
    return this.#partition(id).dropped
  }

  /** Items of a partition that a subscription has done with. */
  done(subscription: string, id: PartitionId): number {
    const { mark, done } = this.progressOf(subscription, id)
    let items = mark
    for (const [from, to] of done) items += to - from
    for (const end of this.#partition(id).ends) if (end < mark || done.some(([first, last]) => first <= end && end < last)) items--
    return items
  }

  #topic(name: string): TopicCount {
    let topic = this.#topics.get(name)
    if (!topic) this.#topics.set(name, (topic = { partitions: [], subscriptions: new Set(), progress: new Map() }))
    return topic
  }

  #partition({ topic, partition }: PartitionId): PartitionCount {
    return (this.#topic(topic).partitions[partition] ??= { end: 0, start: 0, items: 0, dropped: 0, ends: [] })
  }
}

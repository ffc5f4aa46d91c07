// What a store holds, counted anew from what became durable, step by step: the measure that counters, progress and ends are held against.
import type { Append, Appended, Commit, PartitionId, Progress } from '../log.ts'
import { endOf } from '../model/items.ts'

interface Counted {
  readonly from: number
  readonly to: number
  readonly isEnd: boolean
}

interface PartitionCount {
  end: number
  start: number
  items: number
  dropped: number
  readonly ends: Counted[]
}

interface ProgressCount {
  readonly mark: number
  readonly done: Progress['done']
}

export class Recount {
  readonly #partitions = new Map<string, PartitionCount>()
  readonly #subscriptions = new Map<string, Set<string>>()
  /** By topic, partition and subscription. */
  readonly #progress = new Map<string, ProgressCount>()
  /** Items appended by a stage to its own topics, and to each topic. */
  readonly #state = new Map<string, string>()

  created(topic: string, subscriptions: readonly string[]): void {
    const known = this.#subscriptions.get(topic) ?? new Set()
    for (const subscription of subscriptions) known.add(subscription)
    this.#subscriptions.set(topic, known)
  }

  deleted(topic: string): void {
    this.#subscriptions.delete(topic)
    for (const map of [this.#partitions, this.#progress]) for (const key of map.keys()) if (key.endsWith(`:${topic}`)) map.delete(key)
  }

  subscriptionsOf(topic: string): ReadonlySet<string> {
    return this.#subscriptions.get(topic) ?? new Set()
  }

  endOf(id: PartitionId): number {
    return this.#partition(id).end
  }

  startOf(id: PartitionId): number {
    return this.#partition(id).start
  }

  appended({ topic, partition, chunk }: Append, { offset, next, duplicates }: Appended): void {
    const count = this.#partition({ topic, partition })
    const isEnd = endOf(chunk) !== undefined
    if (isEnd) count.ends.push({ from: offset, to: next, isEnd })
    else count.items += chunk.count - duplicates.length
    count.dropped += duplicates.length
    count.end = next
  }

  trimmed(id: PartitionId, start: number): void {
    this.#partition(id).start = start
  }

  progressed({ topic, partition, subscription, mark, done }: Progress): void {
    this.#progress.set(`${subscription}|${partition}:${topic}`, { mark, done })
  }

  changed(state: Commit['state']): void {
    for (const { store, key, value } of state) {
      if (value === null) this.#state.delete(`${store}|${key}`)
      else this.#state.set(`${store}|${key}`, value)
    }
  }

  state(store: string, key: string): string | undefined {
    return this.#state.get(`${store}|${key}`)
  }

  progressOf(subscription: string, { topic, partition }: PartitionId): ProgressCount {
    return this.#progress.get(`${subscription}|${partition}:${topic}`) ?? { mark: 0, done: [] }
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
    const offsets = mark + done.reduce((sum, [from, to]) => sum + to - from, 0)
    const ends = this.#partition(id).ends.filter(({ from }) => from < mark || done.some(([first, last]) => first <= from && from < last)).length
    return offsets - ends
  }

  #partition({ topic, partition }: PartitionId): PartitionCount {
    const key = `${partition}:${topic}`
    let count = this.#partitions.get(key)
    if (!count) this.#partitions.set(key, (count = { end: 0, start: 0, items: 0, dropped: 0, ends: [] }))
    return count
  }
}

// How much of each topic waits for its readers: what holds back a stage whose readers are slower, on disk too.
import type { Appended, Commit, Progress, TopicInfo } from '../log.ts'

/** Items of one topic that may wait, and their bytes, before its writers pause. */
export const backlogItemsMax = 20_000
export const backlogBytesMax = 256_000_000

interface Measure {
  bytes: number
  items: number
  readonly ends: Map<number, number>
  /** By subscription and partition. */
  readonly marks: Map<string, Map<number, number>>
}

export class Backlog {
  readonly #topics = new Map<string, Measure>()

  constructor(topics: readonly TopicInfo[]) {
    for (const topic of topics) topic.extents.forEach(({ end }, partition) => this.#measure(topic.name).ends.set(partition, end))
  }

  appended(commit: Commit, results: readonly Appended[]): void {
    commit.appends.forEach(({ topic, partition, chunk }, index) => {
      const measure = this.#measure(topic)
      measure.ends.set(partition, Math.max(results[index]!.next, measure.ends.get(partition) ?? 0))
      measure.items += chunk.count
      measure.bytes += chunk.values.length
    })
    for (const progress of commit.progress) this.progressed(progress)
  }

  progressed({ topic, subscription, partition, mark, done }: Progress): void {
    const { marks } = this.#measure(topic)
    if (!marks.has(subscription)) marks.set(subscription, new Map())
    marks.get(subscription)!.set(partition, mark + done.reduce((sum, [from, to]) => sum + to - from, 0))
  }

  /** Items of a topic that this subscription has not done with. */
  waiting(topic: string, subscription: string): number {
    const measure = this.#measure(topic)
    const marks = measure.marks.get(subscription)
    let waiting = 0
    for (const [partition, end] of measure.ends) waiting += Math.max(0, end - (marks?.get(partition) ?? 0))
    return waiting
  }

  isFull(topic: string, subscriptions: readonly string[]): boolean {
    const { bytes, items } = this.#measure(topic)
    const max = Math.min(backlogItemsMax, items > 0 ? backlogBytesMax / (bytes / items) : Infinity)
    return subscriptions.some(subscription => this.waiting(topic, subscription) > max)
  }

  #measure(topic: string): Measure {
    let measure = this.#topics.get(topic)
    if (!measure) this.#topics.set(topic, (measure = { bytes: 0, items: 0, ends: new Map(), marks: new Map() }))
    return measure
  }
}

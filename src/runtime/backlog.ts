// How much of each topic waits for its readers: what holds back a stage whose readers are slower, on disk too. Items are counted as they are appended here:
// offsets tell little about them, as an engine may leave gaps. What waited before this run began does not count.
import type { Appended, Commit, Progress } from '../log.ts'

/** Items of one topic that may wait, and their bytes, before its writers pause. */
export const backlogItemsMax = 20_000
export const backlogBytesMax = 256_000_000

interface Measure {
  bytes: number
  items: number
  readonly partitions: Map<number, Written>
  /** By subscription and partition. As offsets: a reader's commit may be heard of before that of the writer. */
  readonly progress: Map<string, Map<number, Pick<Progress, 'mark' | 'done'>>>
}

export class Backlog {
  readonly #topics = new Map<string, Measure>()

  appended(commit: Commit, results: readonly Appended[]): void {
    commit.appends.forEach(({ topic, partition, chunk }, index) => {
      const measure = this.#measure(topic)
      const { offset, duplicates } = results[index]!
      const count = chunk.count - duplicates.length
      if (count > 0) writtenIn(measure, partition).add(offset, count)
      measure.items += chunk.count
      measure.bytes += chunk.values.length
    })
    for (const progress of commit.progress) this.progressed(progress)
  }

  progressed({ topic, subscription, partition, mark, done }: Progress): void {
    const { progress } = this.#measure(topic)
    if (!progress.has(subscription)) progress.set(subscription, new Map())
    progress.get(subscription)!.set(partition, { mark, done })
  }

  /** Items of a topic that this subscription has not done with. */
  waiting(topic: string, subscription: string): number {
    const measure = this.#measure(topic)
    const progress = measure.progress.get(subscription)
    let waiting = 0
    for (const [partition, written] of measure.partitions) waiting += written.items - doneIn(written, progress?.get(partition))
    return waiting
  }

  isFull(topic: string, subscriptions: readonly string[]): boolean {
    const { bytes, items } = this.#measure(topic)
    const max = Math.min(backlogItemsMax, items > 0 ? backlogBytesMax / (bytes / items) : Infinity)
    return subscriptions.some(subscription => this.waiting(topic, subscription) > max)
  }

  #measure(topic: string): Measure {
    let measure = this.#topics.get(topic)
    if (!measure) this.#topics.set(topic, (measure = { bytes: 0, items: 0, partitions: new Map(), progress: new Map() }))
    return measure
  }
}

function writtenIn({ partitions }: Measure, partition: number): Written {
  let written = partitions.get(partition)
  if (!written) partitions.set(partition, (written = new Written()))
  return written
}

function doneIn(written: Written, progress: Pick<Progress, 'mark' | 'done'> | undefined): number {
  if (!progress) return 0
  return progress.done.reduce((sum, [from, to]) => sum + written.before(to) - written.before(from), written.before(progress.mark))
}

/** Older ones have long been read: readers hold back who writes far fewer. */
const chunksMax = 50_000

/** The chunks appended to one partition. */
class Written {
  items = 0
  /** Ascending; with the items before each. */
  readonly #chunks: { readonly offset: number; readonly count: number; readonly before: number }[] = []

  add(offset: number, count: number): void {
    this.#chunks.push({ offset, count, before: this.items })
    this.items += count
    if (this.#chunks.length > chunksMax) this.#chunks.splice(0, chunksMax / 2)
  }

  /** Items that lie before an offset. */
  before(offset: number): number {
    let [low, high] = [0, this.#chunks.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#chunks[middle]!.offset < offset) low = middle + 1
      else high = middle
    }
    const chunk = this.#chunks[low - 1]
    return chunk ? chunk.before + Math.min(chunk.count, offset - chunk.offset) : 0
  }
}

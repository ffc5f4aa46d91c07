// One topic of a simulated log: its partitions, its subscriptions with their progress, and the ids it has seen.
import type { Append, EncodedChunk, PartitionId, Progress, TopicInfo, TopicSpec } from '../../log.ts'
import { LogError } from '../../model/errors.ts'
import { without } from '../../model/items.ts'
import { covers } from '../../model/ranges.ts'
import { MemoryPartition } from './partition.ts'

export class MemoryTopic {
  readonly name: string
  readonly partitions: readonly MemoryPartition[]
  readonly #subscriptions = new Set<string>()
  /** By subscription; an entry for each partition. */
  readonly #progress = new Map<string, (Progress | undefined)[]>()
  readonly #seenAt = new Map<string, number>()

  constructor({ name, partitions }: TopicSpec, gaps: (() => number) | undefined) {
    this.name = name
    this.partitions = Array.from({ length: partitions }, (_, partition) => new MemoryPartition({ topic: name, partition }, gaps))
  }

  get info(): TopicInfo {
    const extents = this.partitions.map(partition => partition.extent)
    return { name: this.name, partitions: this.partitions.length, subscriptions: [...this.#subscriptions], extents }
  }

  subscribe(subscriptions: readonly string[]): void {
    for (const subscription of subscriptions) this.#subscriptions.add(subscription)
  }

  partition({ partition }: PartitionId): MemoryPartition {
    const found = this.partitions[partition]
    if (!found) throw new LogError('NO_TOPIC', `topic '${this.name}' has no partition ${partition}: it has ${this.partitions.length}, counted from 0`)
    return found
  }

  /** The chunk without the items whose id was seen, and their indexes. What is new counts as seen from now on. */
  dropSeen({ chunk, unique }: Append, now: number): { readonly chunk: EncodedChunk; readonly duplicates: readonly number[] } {
    const duplicates: number[] = []
    unique?.ids.forEach((id, index) => {
      const seenAt = this.#seenAt.get(id)
      if (seenAt !== undefined && now - seenAt < unique.forMs) duplicates.push(index)
      else this.#seenAt.set(id, now)
    })
    return { chunk: without(chunk, duplicates), duplicates }
  }

  setProgress(progress: Progress): void {
    const entries = this.#progress.get(progress.subscription) ?? []
    const { topic, partition, subscription, mark, done, note } = progress
    entries[partition] = { topic, partition, subscription, mark, done: done.map(([from, to]) => [from, to]), note }
    this.#progress.set(subscription, entries)
  }

  progressOf(subscription: string): readonly Progress[] {
    return (this.#progress.get(subscription) ?? []).filter(progress => progress !== undefined)
  }

  /** Removes the chunks that every subscription has done with. */
  trim(id: PartitionId): void {
    if (this.#subscriptions.size === 0) return
    const all = [...this.#subscriptions].map(subscription => this.#progress.get(subscription)?.[id.partition])
    this.partition(id).trim((from, to) => all.every(progress => progress !== undefined && isDone(progress, from, to)))
  }
}

function isDone({ mark, done }: Progress, from: number, to: number): boolean {
  if (mark >= to) return true
  const rest = Math.max(mark, from)
  return covers(done, rest) && done.some(([start, end]) => start <= rest && end >= to)
}

// Removes from the front of each partition what all subscriptions have done with. Some time after it was done with: at most once in a while, behind the commits.
import type { PartitionId } from '../../log.ts'
import { advance } from '../../model/ranges.ts'
import type { Cluster } from './cluster.ts'
import type { Ledger } from './ledger.ts'
import type { KafkaNames } from './names.ts'
import { offsetsPerRecord } from './records.ts'

/** After the first progress in a while, and between two: each removal from a partition makes the broker write a file anew. */
const [afterMs, everyMs] = [500, 5_000]
const requestTimeoutMs = 10_000

export class Removal {
  readonly #cluster: Cluster
  readonly #names: KafkaNames
  readonly #ledger: Ledger
  readonly #touched = new Map<string, PartitionId>()
  /** What was removed already, in records. */
  readonly #removed = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #removedAt = -Infinity

  constructor(cluster: Cluster, names: KafkaNames, ledger: Ledger) {
    this.#cluster = cluster
    this.#names = names
    this.#ledger = ledger
  }

  /** Progress was made here. */
  touch(ids: readonly PartitionId[]): void {
    for (const { topic, partition } of ids) this.#touched.set(`${partition}:${topic}`, { topic, partition })
    if (ids.length > 0) this.#timer ??= setTimeout(() => void this.#remove().catch(() => {}), Math.max(afterMs, this.#removedAt + everyMs - performance.now())).unref()
  }

  forget(topic: string): void {
    for (const key of this.#removed.keys()) if (key.endsWith(`:${topic}`)) this.#removed.delete(key)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  async #remove(): Promise<void> {
    this.#timer = undefined
    this.#removedAt = performance.now()
    const touched = [...this.#touched.values()]
    this.#touched.clear()
    await Promise.all(touched.map(id => this.#removeFrom(id)))
  }

  async #removeFrom(id: PartitionId): Promise<void> {
    const [key, topic] = [`${id.partition}:${id.topic}`, this.#names.topic(id.topic)]
    const until = this.#doneUntil(id)
    if (until <= (this.#removed.get(key) ?? 0)) return
    const partitions = [{ partitionIndex: id.partition, offset: BigInt(until) }]
    await this.#cluster.ask({ to: 'leader', topic, partition: id.partition }, connection => this.#cluster.kafka.deleteRecordsV2.api.async(connection, [{ name: topic, partitions }], requestTimeoutMs), { patienceMs: 2_000 })
    this.#removed.set(key, until)
  }

  /** The first record that some subscription has not done with all of. */
  #doneUntil({ topic, partition }: PartitionId): number {
    const subscriptions = [...this.#ledger.topics.get(topic)?.subscriptions ?? []]
    if (subscriptions.length === 0) return 0
    const marks = subscriptions.map(subscription => {
      const progress = this.#ledger.progressAt(subscription, topic, partition)
      return progress ? advance(progress.mark, [...progress.done]) : 0
    })
    return Math.floor(Math.min(...marks) / offsetsPerRecord)
  }
}

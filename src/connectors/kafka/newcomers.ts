// Partitions that are added to a topic while it is followed. One look at the topic now and then serves all its splits.
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../../logs/kafka/cluster.ts'
import { SourceError } from '../../sources/source-error.ts'

const lookEveryMsDefault = 10_000

export interface Newcomer {
  readonly partition: number
  /** How many partitions are read or waited for. */
  readonly listed: number
}

export class Newcomers {
  readonly #topic: string
  readonly #lookEveryMs: number
  #partitions = 0
  /** By this process's own clock. */
  #lookAt = 0
  #look: Promise<void> | undefined

  constructor(topic: string, lookEveryMs = lookEveryMsDefault) {
    this.#topic = topic
    this.#lookEveryMs = lookEveryMs
  }

  /** Whether the topic has that partition, as was seen a while ago at most. Throws SourceError where it has more than anyone waits for. */
  async isThere(cluster: Cluster, { partition, listed }: Newcomer): Promise<boolean> {
    if (performance.now() >= this.#lookAt) await (this.#look ??= this.#find(cluster))
    if (this.#partitions > listed) throw new SourceError(`topic '${this.#topic}' has ${this.#partitions} partitions, more than the ${listed} that were listed when this run began; start anew with --fresh`)
    return partition < this.#partitions
  }

  /** Resolves when it is time to look again, or when the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    await pause(this.#lookEveryMs, undefined, { signal }).catch(() => {})
  }

  async #find(cluster: Cluster): Promise<void> {
    try {
      this.#partitions = await cluster.partitionsOf(this.#topic) ?? this.#partitions
      this.#lookAt = performance.now() + this.#lookEveryMs
    } finally {
      this.#look = undefined
    }
  }
}

// Wakes who follows a partition when something may have come: one poll at each broker serves all that are followed.
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../../logs/kafka/cluster.ts'
import { Watcher } from '../../logs/kafka/watcher.ts'

/** Looked at anyway: a poll that fails tells nothing. */
const lookEveryMs = 10_000

export class Arrivals {
  readonly #topic: string
  readonly #watcher: Watcher
  /** By partition; of those that are followed. */
  readonly #awaited = new Map<number, PromiseWithResolvers<void>>()

  /** Polls until the cluster is stopped. */
  constructor(cluster: Cluster, topic: string) {
    this.#topic = topic
    this.#watcher = new Watcher(cluster)
    this.#watcher.watch(({ partition }) => this.#awaited.get(partition)?.resolve())
  }

  /** Resolves at the next arrival; asked for before a look, so that none is missed between look and wait. */
  next(partition: number): Promise<void> {
    const awaited = Promise.withResolvers<void>()
    this.#awaited.set(partition, awaited)
    this.#watcher.add({ topic: this.#topic, partition }, this.#topic)
    return awaited.promise
  }

  /** Resolves when it is time to look: at the arrival, after a while, or when the signal is aborted. */
  async within(arrival: Promise<void>, signal: AbortSignal): Promise<void> {
    const done = new AbortController()
    await Promise.race([arrival, pause(lookEveryMs, undefined, { signal: AbortSignal.any([signal, done.signal]) }).catch(() => {})])
    done.abort()
  }
}

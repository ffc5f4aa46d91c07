// What a simulated log imitates. As it comes it is an engine of one machine without delays; `likeKafka` turns on what Kafka does differently.
import type { Clock } from '../../clock.ts'
import type { Append, Appended, Commit, PartitionId, TopicSpec } from '../../log.ts'

/** Told of everything that becomes durable, as it does: for invariants. What it throws is not caught. */
export interface StoreObserver {
  created(topic: TopicSpec): void
  deleted(topic: string): void
  appended(append: Append, appended: Appended): void
  committed(commit: Commit, appended: readonly Appended[]): void
  /** All before `start` is gone. */
  trimmed(partition: PartitionId, start: number): void
}

export interface MemoryStoreOptions {
  readonly clock: Clock
  /** 0 to 1, from a seed: asked whenever something is left to chance, so that a run can be replayed. */
  readonly random: () => number
  /**
   * 'store': one process owns the whole store and others that join are refused with LogError 'LOCKED', as in the embedded engine.
   * 'group': members share a group's partitions, and each rebalance raises its epoch, as in Kafka. Default 'store'.
   */
  readonly ownership?: 'store' | 'group' | undefined
  /** `Log.parts`, where 'group': several processes share a run. Default: the log does not say so. */
  readonly parts?: number | undefined
  /** Offsets are Kafka's: record x 65,536 + index, and transaction markers and aborted records leave gaps. Default false. */
  readonly gaps?: boolean | undefined
  /**
   * What is asked arrives, is decided, becomes readable (in each partition for itself), is acknowledged and is told to watchers after up
   * to this long each; only the order of one process's appends, and of its commits, is kept. Default 0: at once.
   */
  readonly delayMsMax?: number | undefined
  /**
   * Share of commits, 0 to 1, whose acknowledgement gets lost, stored or not: the call rejects with LogError 'OUTCOME_UNKNOWN' and the
   * process is out, as after a crash. Default 0.
   */
  readonly lostAcknowledgements?: number | undefined
  readonly observer?: StoreObserver | undefined
}

export const likeKafka = { ownership: 'group', gaps: true, delayMsMax: 40 } as const satisfies Partial<MemoryStoreOptions>

// What runs the items of a work queue: processes of this machine, or pods of a cluster. The one thing to know: the executor has the record.
// The manager lists the source, asks which names are known, and gives the rest; it has no memory of its own.
import type { WorkerMessage } from '../runtime/environment.ts'
import type { ItemName, ItemSource, ListedItem } from './item-source.ts'

export interface QueueExecutor {
  /** Takes up the work that an earlier manager left. */
  start(host: QueueHost): Promise<void>
  /** Which of these names, at most 1,000, were taken before: in progress, done or given up on. */
  known(names: readonly ItemName[]): Promise<ReadonlySet<ItemName>>
  /**
   * Takes items that are not known, at most 1,000. When it resolves they are in the record: they run once, whatever is killed, and are known from then
   * on. May wait until there is room, which is how the backlog is bounded.
   */
  take(items: readonly ListedItem[]): Promise<void>
  /** Items at work at the same time, at least 1. Holds from now on: what is above it finishes. */
  setParallelism(parallelism: number): void
  /** Paused, nothing new is begun. */
  setPaused(isPaused: boolean): void
  readonly counts: QueueCounts
  /** What was given up on and not sent back. */
  failures(): AsyncIterable<QueueFailure>
  /** Begins nothing new, lets what is at work finish within the grace time (a cluster's pods go on), and leaves the record in order. */
  close(graceMs: number): Promise<void>
}

export interface QueueHost {
  readonly source: ItemSource
  /** What workers and the executor have to say to the user: a pod that cannot be scheduled. */
  readonly onMessage: (message: WorkerMessage) => void
  /** The counts changed. */
  readonly onChange: () => void
  /** It can do no more; `close` is still called. */
  readonly onError: (error: unknown) => void
}

/** Since the queue was made, not since the process was. taken = done + failed + inFlight + waiting, where retries wait too. */
export interface QueueCounts {
  readonly taken: number
  readonly done: number
  /** Given up on. */
  readonly failed: number
  /** Attempts that failed and were, or will be, made again. An evicted pod is not one. */
  readonly retried: number
  readonly inFlight: number
  readonly waiting: number
  /** Of attempts that ended since this process began: how many, and how long they took together. What parallelism is reckoned from. */
  readonly attemptsEnded: number
  readonly attemptMsTotal: number
  /** Milliseconds since the oldest attempt at work began; 0 where none is. */
  readonly oldestAttemptMs: number
}

export interface QueueFailure {
  readonly name: ItemName
  readonly reason: string
  readonly message: string
  readonly attempts: number
}

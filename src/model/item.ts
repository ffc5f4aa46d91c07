// What is known of an item beside its value.

export interface Meta {
  /** The same for the same item in every attempt: the idempotency key. */
  readonly id: string
  readonly key: string | undefined
  readonly time: Date
  readonly headers: Readonly<Record<string, string>>
  /** Where it came from, for people: a file and line, a row's key, a topic and offset. */
  readonly origin: string
}

/** One attempt that failed. `at` is in milliseconds since 1970. */
export interface FailedAttempt {
  readonly attempt: number
  readonly at: number
  readonly error: ErrorDescription
}

export interface ErrorDescription {
  readonly name: string
  readonly message: string
  readonly stack?: string | undefined
}

export type FailureReason = 'permanent' | 'attempts' | 'timeout' | 'crashed' | 'schema' | 'no-route' | 'late' | 'incomplete' | 'missing'

/** An item given up on, as the failure report and a `.failed` stream show it. */
export interface Failure<out T> {
  readonly id: string
  readonly stage: string
  readonly item: T
  readonly reason: FailureReason
  readonly error: ErrorDescription
  readonly attempts: number
  readonly origin: string
  readonly at: Date
  /** The last 20 failed attempts, the oldest first, those before a redrive too. Not in a `.failed` stream. */
  readonly history?: readonly FailedAttempt[] | undefined
}

/** What an item of a retry or dead-letter topic carries along. Times in milliseconds since 1970. */
export interface RetryState {
  /** Attempts made so far. */
  readonly attempts: number
  /** Not before this time. */
  readonly dueAt: number
  readonly history: readonly FailedAttempt[]
  readonly reason?: FailureReason | undefined
  /** Set where an operator failed: the input whose operators are still to be applied. */
  readonly input?: string | undefined
  /** The shard it belongs to, where another runs it: its results are laid there. By number, as is `movedTo`. */
  readonly home?: number | undefined
  /** The shard in whose retries it was laid, where that is not the one it came from. */
  readonly movedTo?: number | undefined
  /** Failed under a worker on trial: the one that is to be replaced runs it. */
  readonly runsOld?: boolean | undefined
}

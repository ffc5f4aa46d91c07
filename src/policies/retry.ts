// When a failed item runs again, and when it is given up on. Pure.
import { CrashedError, PermanentError, SchemaError, show, TimeoutError } from '../model/errors.ts'
import type { ErrorDescription, FailureReason, RetryState } from '../model/item.ts'
import { RetryLater } from '../model/retry-later.ts'
import { thrownError } from '../model/thrown.ts'
import { millisecondsOf } from '../model/values.ts'
import type { WorkSettings } from '../pipeline/graph.ts'

export interface RetryPolicy {
  readonly attempts: number
  readonly type: 'exponential' | 'fixed'
  readonly delayMs: number
  readonly maxMs: number
  readonly jitter: boolean
}

const maxMsDefault = 3_600_000

/** Default: 3 attempts, exponential from 1 s to 1 h (or to a delay longer than that), with jitter. */
export function retryPolicyOf({ attempts = 3, backoff = {} }: Pick<WorkSettings, 'attempts' | 'backoff'>): RetryPolicy {
  const { type = 'exponential', delay = '1s', max, jitter = true } = backoff
  const delayMs = millisecondsOf(delay, 'backoff.delay')
  const maxMs = max === undefined ? Math.max(maxMsDefault, delayMs) : millisecondsOf(max, 'backoff.max')
  return { attempts, type, delayMs, maxMs, jitter }
}

/** Full jitter between half the delay and all of it. `random` gives 0 to 1. */
export function delayMsOf(policy: RetryPolicy, attempt: number, random: () => number): number {
  const grown = policy.type === 'fixed' ? policy.delayMs : policy.delayMs * 2 ** Math.min(attempt - 1, 40)
  const bounded = Math.min(grown, policy.maxMs)
  return policy.jitter ? bounded * (0.5 + random() / 2) : bounded
}

/** What becomes of an item whose attempt failed: a retry state with `reason` is a dead letter. */
export function afterFailure(policy: RetryPolicy, before: RetryState | undefined, thrown: unknown, now: number, random: () => number): RetryState {
  const error = lookedAt(thrown)
  const attempt = (before?.attempts ?? 0) + 1
  const history = [...(before?.history ?? []), { attempt, at: now, error: describeError(error) }].slice(-historyMax)
  const reason = reasonOf(error, attempt >= policy.attempts)
  const waitMs = error instanceof RetryLater ? error.afterMs : delayMsOf(policy, attempt, random)
  return { attempts: attempt, dueAt: reason ? now : now + waitMs, history, reason }
}

/** Only the last attempts are told of, however often an item was redriven. */
const historyMax = 20
const stackCharactersMax = 4_000

function reasonOf(error: unknown, isLast: boolean): FailureReason | undefined {
  if (error instanceof SchemaError) return 'schema'
  if (isPermanent(error)) return reasonGiven(error as object) ?? 'permanent'
  if (error instanceof RetryLater || !isLast) return isLast && error instanceof RetryLater ? 'attempts' : undefined
  return error instanceof TimeoutError ? 'timeout' : error instanceof CrashedError ? 'crashed' : 'attempts'
}

const reasons: readonly unknown[] = ['permanent', 'attempts', 'timeout', 'crashed', 'schema', 'no-route', 'late', 'incomplete', 'missing'] satisfies readonly FailureReason[]

/** The runtime's own errors give theirs; a user's may have anything there. */
function reasonGiven(error: { readonly reason?: unknown }): FailureReason | undefined {
  try {
    const { reason } = error
    return reasons.includes(reason) ? reason as FailureReason : undefined
  } catch {
    return undefined
  }
}

/** Whether an error speaks against the worker: not one that is the item's own, nor the other side's wish to wait. */
export function blamesWorker(thrown: unknown): boolean {
  const error = lookedAt(thrown)
  return !(error instanceof SchemaError || error instanceof RetryLater || isPermanent(error))
}

function isPermanent(error: unknown): boolean {
  try {
    return error instanceof PermanentError || (error as { code?: unknown } | undefined)?.code === 'PERMANENT'
  } catch {
    return false // Its code is a getter that throws.
  }
}

/** A proxy may throw when it is asked what it is; then what is known of it stands in its place. */
function lookedAt(thrown: unknown): unknown {
  try {
    void (thrown instanceof Error)
    return thrown
  } catch {
    return new Error(describeError(thrown).message)
  }
}

export function describeError(error: unknown): ErrorDescription {
  const thrown = thrownError(error)
  if (!thrown) return { name: 'Error', message: `a worker threw ${show(error)}` }
  const { name, message, stack, cause } = thrown
  const because = thrownError(cause)
  return { name, message: because ? `${message} (because: ${because.message})` : message, stack: stack?.slice(0, stackCharactersMax) }
}

// A staged rollout: shard after shard moves from the old worker to the new one, each after the one before did well for a while; when a
// moved shard's failures rise, all move back and stay. Pure: told of every attempt and of the time. What must outlast a restart is `record`.
import { RecentAttempts, shareFailed, type Tally } from './recent-attempts.ts'

export type WorkerVersion = 'new' | 'old'

export interface RolloutRules {
  /** What is rolled out: another text is another rollout, which begins anew. */
  readonly fingerprint: string
  /** All shards, in the order in which they move. At least one. */
  readonly order: readonly string[]
  readonly soakMs: number
  /** Share of failed attempts under the new worker, 0 to 1. Default: a tenth above that under the old one, or more where that may be chance. */
  readonly rollBackAbove?: number | undefined
}

export interface RolloutRecord {
  readonly fingerprint: string
  readonly status: 'rolling' | 'done' | 'rolled-back'
  /** In the order they were moved in. Rolled back: those that had been. */
  readonly moved: readonly string[]
  /** When the last step was, in milliseconds since 1970. */
  readonly since: number
  /** Attempts under the old worker up to then, in all shards. */
  readonly old: Tally
  /** Why it was rolled back, for people. */
  readonly why?: string | undefined
}

/** A shard is judged by its last attempts under the new worker. */
const judgedMax = 200
/** Fewer failures are chance. */
export const failuresMin = 5
/** Attempts that a shard must have finished before the next is moved, unless its input has ended. */
export const attemptsMin = 20
/** A share of failures above the old worker's by this much has risen, and by so many standard errors, or it may be chance. */
const riseMax = 0.1
const standardErrorsMax = 4

export class Rollout {
  readonly #rules: RolloutRules
  readonly #recent = new Map<string, RecentAttempts>()
  #record: RolloutRecord
  #old: { attempts: number; failed: number }
  /** Finished in the shard on trial since it was moved, by this process. */
  #soaked = 0

  /** `before` is the record of an earlier process, if there is one. */
  constructor(rules: RolloutRules, before: RolloutRecord | undefined, now: number) {
    this.#rules = rules
    const isSame = before?.fingerprint === rules.fingerprint
    this.#record = isSame ? before : { fingerprint: rules.fingerprint, status: 'rolling', moved: rules.order.slice(0, 1), since: now, old: { attempts: 0, failed: 0 } }
    this.#old = { ...this.#record.old }
  }

  get record(): RolloutRecord {
    return this.#record
  }

  /** Whether shards may still move back: failures are the new worker's, not the items'. */
  get isOnTrial(): boolean {
    return this.#record.status === 'rolling'
  }

  workerOf(shard: string): WorkerVersion {
    const { status, moved } = this.#record
    if (status !== 'rolling') return status === 'done' ? 'new' : 'old'
    return moved.includes(shard) ? 'new' : 'old'
  }

  /** When the shard on trial has soaked. */
  get soakedAt(): number | undefined {
    return this.isOnTrial ? this.#record.since + this.#rules.soakMs : undefined
  }

  /** An attempt is finished. Whether all was rolled back for it. */
  attempted(shard: string, version: WorkerVersion, hasFailed: boolean, now: number): boolean {
    if (!this.isOnTrial) return false
    if (version === 'old') {
      this.#old.attempts++
      if (hasFailed) this.#old.failed++
      return false
    }
    if (shard === this.#record.moved.at(-1)) this.#soaked++
    const recent = this.#recentOf(shard)
    recent.add(hasFailed, now)
    return hasFailed && this.#rollBackIfRisen(shard, recent.tally(now), now)
  }

  /** Moves the next shard if it is time. `hasEnded`: whether nothing more comes to a shard. Whether anything changed. */
  advance(now: number, hasEnded: (shard: string) => boolean): boolean {
    const { moved, since } = this.#record
    if (!this.isOnTrial || now < since + this.#rules.soakMs) return false
    if (this.#soaked < attemptsMin && !hasEnded(moved.at(-1)!)) return false
    const next = this.#rules.order[moved.length]
    this.#soaked = 0
    this.#record = { ...this.#record, since: now, old: { ...this.#old }, ...(next === undefined ? { status: 'done' } : { moved: [...moved, next] }) }
    return true
  }

  #recentOf(shard: string): RecentAttempts {
    const known = this.#recent.get(shard)
    if (known) return known
    const recent = new RecentAttempts(judgedMax)
    this.#recent.set(shard, recent)
    return recent
  }

  #rollBackIfRisen(shard: string, tally: Tally, now: number): boolean {
    const { rollBackAbove = expectedAtMost(this.#old, tally.attempts) } = this.#rules
    if (tally.failed < failuresMin || shareFailed(tally) <= rollBackAbove) return false
    const why = `${tally.failed} of the last ${tally.attempts} attempts in shard '${shard}' failed under the new worker, ${this.#old.failed} of ${this.#old.attempts} under the old one`
    this.#record = { ...this.#record, status: 'rolled-back', since: now, old: { ...this.#old }, why }
    return true
  }
}

/** The share that so many attempts may have failed of, had the old worker made them. Of few attempts little is known (rule of succession). */
function expectedAtMost(old: Tally, attempts: number): number {
  const share = (old.failed + 1) / (old.attempts + 2)
  return Math.max(shareFailed(old) + riseMax, share + standardErrorsMax * Math.sqrt((share * (1 - share)) / attempts))
}

// When a shard's workers are to be blamed for its failures, and when its items are. Pure: told of every attempt and of the time.
//
//   healthy  -- it fails, others do well -->  unhealthy  -- probes succeed -->  healthy
//                                                 |
//                                                 +-- its items fail elsewhere too -->  excused (for a time), then healthy
import { RecentAttempts, shareFailed, type Tally } from './recent-attempts.ts'

/** 'neither': the attempt says nothing about the worker. */
export type AttemptOutcome = 'done' | 'failed' | 'neither'

/** What is kept of a shard that is not simply healthy. Times in milliseconds since 1970. */
export type ShardCondition =
  | { readonly kind: 'unhealthy'; readonly since: number; readonly why: string }
  /** Its items fail wherever they run: it keeps them. */
  | { readonly kind: 'excused'; readonly since: number; readonly until: number }

export interface ShardChange {
  readonly shard: number
  /** Undefined: healthy. */
  readonly to: ShardCondition | undefined
}

export interface ShardHealthOptions {
  readonly shards: number
  /** Share of failed attempts, 0 to 1. */
  readonly spillAbove: number
  /** From before a restart. */
  readonly conditions?: ReadonlyMap<number, ShardCondition> | undefined
}

/** A shard is judged by its last attempts, so many at most and at least, of the last ten minutes. */
const judgedMax = 40
export const judgedMin = 20
const judgedForMs = 600_000
/** A shard that does well: so many attempts at least, and half of `spillAbove` failed at most. */
const comparedMin = 10
/** Attempts of its items in other shards after which it is known who is to be blamed. */
export const spilledMin = 10
/** An unhealthy shard gets one item at a time: after one that failed the next so much later. */
export const probeAfterMs = 10_000
/** Probes that succeed one after the other and end it. */
export const probesToRecover = 5
/** How long a shard whose items are to be blamed is not judged again. */
export const excusedForMs = 600_000
/** Items of an unhealthy shard that others have at a time: so many, and one more for each four they did. Never more than `spilledMost`. */
const spilledFirst = 20
const spilledGrowth = 1 / 4
const spilledMost = 2_000
/** Attempts after which a shard that fails is suspect: what failed in it is tried again elsewhere, before it is known who is to be blamed. */
const suspectMin = 5

interface Shard {
  readonly own: RecentAttempts
  /** Attempts of its items elsewhere. */
  readonly spilled: RecentAttempts
  condition: ShardCondition | undefined
  /** Its items that others did, since it is unhealthy. */
  spilledDone: number
  probeAt: number
  probing: number
  probesInRow: number
}

export class ShardHealth {
  readonly #spillAbove: number
  readonly #shards: readonly Shard[]

  constructor({ shards, spillAbove, conditions }: ShardHealthOptions) {
    this.#spillAbove = spillAbove
    this.#shards = Array.from({ length: shards }, (_, shard) => ({
      own: new RecentAttempts(judgedMax, judgedForMs), spilled: new RecentAttempts(judgedMax), condition: conditions?.get(shard), spilledDone: 0, probeAt: 0, probing: 0, probesInRow: 0,
    }))
  }

  isUnhealthy(shard: number): boolean {
    return this.#shards[shard]!.condition?.kind === 'unhealthy'
  }

  get hasUnhealthy(): boolean {
    return this.#shards.some(({ condition }) => condition?.kind === 'unhealthy')
  }

  /** Unhealthy, or about to be. */
  isSuspect(shard: number, now: number): boolean {
    if (this.isUnhealthy(shard)) return true
    const tally = this.#shards[shard]!.own.tally(now)
    return tally.attempts >= suspectMin && shareFailed(tally) > this.#spillAbove && !this.#isExcused(shard, now) && this.#othersDoWell(shard, now)
  }

  /** How many items of unhealthy shards others may have at a time. */
  get spilledMax(): number {
    const most = this.#shards.reduce((sum, { condition, spilledDone }) => sum + (condition?.kind === 'unhealthy' ? spilledFirst + spilledDone * spilledGrowth : 0), 0)
    return Math.min(most, spilledMost)
  }

  /** Whether a shard may start an item of its own: an unhealthy one only to probe. */
  mayStart(shard: number, now: number): boolean {
    const { probing, probeAt } = this.#shards[shard]!
    return !this.isUnhealthy(shard) || (probing === 0 && now >= probeAt)
  }

  /** When an unhealthy shard with nothing at work may probe next. */
  get nextProbeAt(): number | undefined {
    const waiting = this.#shards.filter(({ condition, probing }) => condition?.kind === 'unhealthy' && probing === 0)
    return waiting.length === 0 ? undefined : Math.min(...waiting.map(({ probeAt }) => probeAt))
  }

  probeStarted(shard: number): void {
    this.#shards[shard]!.probing++
  }

  probed(shard: number, outcome: AttemptOutcome, now: number): ShardChange | undefined {
    const state = this.#shards[shard]!
    state.probing--
    if (outcome === 'neither' || !this.isUnhealthy(shard)) return undefined
    if (outcome === 'failed') {
      state.probesInRow = 0
      state.probeAt = now + probeAfterMs
      return undefined
    }
    return ++state.probesInRow < probesToRecover ? undefined : this.#become(shard, undefined)
  }

  /** An attempt of the shard's own items in it. */
  attempted(shard: number, outcome: AttemptOutcome, now: number): ShardChange | undefined {
    if (outcome === 'neither') return undefined
    const { own } = this.#shards[shard]!
    own.add(outcome === 'failed', now)
    if (outcome !== 'failed' || this.isUnhealthy(shard) || this.#isExcused(shard, now)) return undefined
    const tally = own.tally(now)
    if (!this.#isFailing(tally) || !this.#othersDoWell(shard, now)) return undefined
    this.#shards[shard]!.probeAt = now + probeAfterMs
    return this.#become(shard, { kind: 'unhealthy', since: now, why: `${tally.failed} of its last ${tally.attempts} attempts failed` })
  }

  /** An attempt, in another shard, of an item of this one. */
  spilledAttempted(home: number, outcome: AttemptOutcome, now: number): ShardChange | undefined {
    if (outcome === 'neither' || !this.isUnhealthy(home)) return undefined
    const state = this.#shards[home]!
    state.spilled.add(outcome === 'failed', now)
    if (outcome === 'done') state.spilledDone++
    const tally = state.spilled.tally(now)
    if (tally.attempts < spilledMin || shareFailed(tally) <= this.#spillAbove) return undefined
    return this.#become(home, { kind: 'excused', since: now, until: now + excusedForMs })
  }

  #isExcused(shard: number, now: number): boolean {
    const { condition } = this.#shards[shard]!
    return condition?.kind === 'excused' && now < condition.until
  }

  #isFailing(tally: Tally): boolean {
    return tally.attempts >= judgedMin && shareFailed(tally) > this.#spillAbove
  }

  /** Where as many shards fail as do well, or more, it is what they have in common: the items. */
  #othersDoWell(shard: number, now: number): boolean {
    let failing = 1
    let well = 0
    this.#shards.forEach(({ own }, other) => {
      if (other === shard) return
      const tally = own.tally(now)
      if (this.isUnhealthy(other) || this.#isFailing(tally)) failing++
      else if (tally.attempts >= comparedMin && shareFailed(tally) <= this.#spillAbove / 2) well++
    })
    return well > 0 && well >= failing
  }

  #become(shard: number, to: ShardCondition | undefined): ShardChange {
    const state = this.#shards[shard]!
    state.condition = to
    state.own.clear()
    state.spilled.clear()
    state.spilledDone = state.probesInRow = 0
    return { shard, to }
  }
}

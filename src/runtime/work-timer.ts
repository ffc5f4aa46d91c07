// How long units are at work. The one thing to know: of many quick ones only some are timed, each of which stands for those since the one before it, so
// that timing costs next to nothing.
import type { Clock } from '../clock.ts'
import type { WorkTimes } from '../executor.ts'

/** At most so many are begun from one that is timed to the next. */
const strideMax = 64
/** Of units that take longer each is timed: what that costs is nothing beside them. */
const quickMs = 0.25

export class WorkTimer {
  readonly #clock: Clock
  #stride = 1
  #begun = 0
  #timed = 0
  #timedMs = 0
  #blockedMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A unit goes to work: gives what times it, or for most quick ones nothing. */
  begin(): TimedUnit | undefined {
    if (++this.#begun < this.#stride) return undefined
    const timed = new TimedUnit(this, this.#begun, this.nowMs)
    this.#begun = 0
    return timed
  }

  ended({ standsFor, beganMs, isBlocking }: TimedUnit): void {
    const tookMs = this.nowMs - beganMs
    this.#stride = tookMs < quickMs ? Math.min(strideMax, 2 * this.#stride) : 1
    this.#timed += standsFor
    this.#timedMs += standsFor * tookMs
    if (isBlocking) this.#blockedMs += standsFor * tookMs
  }

  get nowMs(): number {
    return this.#clock.monotonic()
  }

  /** So many units were at work together since then. */
  together(units: number, beganMs: number, isBlocking = false): void {
    const tookMs = this.nowMs - beganMs
    this.#timed += units
    this.#timedMs += tookMs
    if (isBlocking) this.#blockedMs += tookMs
  }

  /** Since it was asked last. */
  take(): WorkTimes {
    const times = { timed: this.#timed, timedMs: this.#timedMs, blockedMs: this.#blockedMs }
    this.#timed = this.#timedMs = this.#blockedMs = 0
    return times
  }
}

/** One that is timed. */
export class TimedUnit {
  readonly #timer: WorkTimer
  readonly standsFor: number
  readonly beganMs: number
  /** Until the caller goes on. */
  isBlocking = true

  constructor(timer: WorkTimer, standsFor: number, beganMs: number) {
    this.#timer = timer
    this.standsFor = standsFor
    this.beganMs = beganMs
  }

  end(): void {
    this.#timer.ended(this)
  }
}

export function sumOfTimes(all: readonly (WorkTimes | undefined)[]): WorkTimes {
  const sum = { timed: 0, timedMs: 0, blockedMs: 0 }
  for (const each of all) {
    sum.timed += each?.timed ?? 0
    sum.timedMs += each?.timedMs ?? 0
    sum.blockedMs += each?.blockedMs ?? 0
  }
  return sum
}

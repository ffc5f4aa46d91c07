// A named limit: at most so many at once, at most so many a second. Who is refused is called back when it may be worth asking again.
import type { Clock, Timer } from '../clock.ts'

export interface LimitOptions {
  readonly concurrency?: number | undefined
  readonly perSecond?: number | undefined
}

export class Limiter {
  readonly #clock: Clock
  #concurrency: number
  readonly #intervalMs: number
  readonly #waiting = new Set<() => void>()
  #running = 0
  #nextAt = -Infinity
  /** Somebody was refused, and what a late timer lost is not caught up yet. Who comes after a rest has nothing to catch up. */
  #isBehind = false
  #timer: Timer | undefined

  constructor(options: LimitOptions, clock: Clock) {
    this.#clock = clock
    this.#concurrency = options.concurrency ?? Infinity
    this.#intervalMs = options.perSecond ? 1_000 / options.perSecond : 0
  }

  /** Nothing runs, and the next may start at once. */
  get isIdle(): boolean {
    return this.#running === 0 && this.#clock.monotonic() >= this.#nextAt
  }

  /** Another bound from now on; what is above it finishes. */
  allow(concurrency: number): void {
    const isMore = concurrency > this.#concurrency
    this.#concurrency = concurrency
    if (isMore) this.#wakeAll()
  }

  /** Whether one more may start now; `release` when it is done. Refused, `wake` is called once when there may be room. */
  tryAcquire(wake: () => void): boolean {
    const now = this.#intervalMs > 0 ? this.#clock.monotonic() : 0
    if (this.#running < this.#concurrency && now >= this.#nextAt) {
      this.#running++
      if (this.#intervalMs > 0) this.#plan(now)
      return true
    }
    if (now < this.#nextAt) this.#isBehind = true
    this.#waiting.add(wake)
    if (this.#running < this.#concurrency) this.#timer ??= this.#clock.after(Math.ceil(this.#nextAt - now), () => this.#wakeAll())
    return false
  }

  release(): void {
    this.#running--
    if (this.#waiting.size > 0) this.#wakeAll()
  }

  #plan(now: number): void {
    this.#nextAt = Math.max(this.#nextAt, this.#isBehind ? now - burstMs : now) + this.#intervalMs
    if (this.#nextAt > now) this.#isBehind = false
  }

  #wakeAll(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }
}

/** What a timer that fired late may catch up. */
const burstMs = 20

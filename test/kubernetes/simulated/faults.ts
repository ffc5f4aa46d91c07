// Faults by seed: slow answers, answers lost after the request was done, 429, 500, 503, watches that break off. `calm` switches all off.
import { StatusError } from './status-error.ts'

export interface FaultRates {
  /** Shares of requests, 0 to 1. */
  readonly slow?: number
  readonly slowMsMax?: number
  readonly refuse?: number
  readonly loseAnswer?: number
  /** Share of watch events after which the connection breaks. */
  readonly breakWatch?: number
  /** Share of pods that are evicted, started twice. */
  readonly evict?: number
  readonly double?: number
}

export const calm: FaultRates = {}

export class Faults {
  rates: FaultRates
  readonly fired: Record<string, number> = {}
  #state: number

  constructor(rates: FaultRates, seed: number) {
    this.rates = rates
    this.#state = seed >>> 0
  }

  /** Mulberry32. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  happens(fault: 'slow' | 'refuse' | 'loseAnswer' | 'breakWatch' | 'evict' | 'double'): boolean {
    const rate = this.rates[fault] ?? 0
    if (rate === 0 || this.random() >= rate) return false
    this.fired[fault] = (this.fired[fault] ?? 0) + 1
    return true
  }

  refusal(): StatusError {
    const which = Math.floor(this.random() * 3)
    if (which === 0) return new StatusError(429, 'TooManyRequests', 'too many requests, please try again later', { retryAfterSeconds: 1 })
    if (which === 1) return new StatusError(500, 'InternalError', 'Internal error occurred: etcdserver: request timed out')
    return new StatusError(503, 'ServiceUnavailable', 'the server is currently unable to handle the request')
  }
}

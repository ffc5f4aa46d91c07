// What the scaling policy needs to know, measured: how long an item takes, how often one comes, how fast they go. Times are the caller's.
import type { QueueCounts } from './queue-executor.ts'

export interface QueueRates {
  /** Undefined: no attempt has ended yet. */
  readonly processingMs: number | undefined
  /** Undefined: nothing came since the first list was read, as far as it is looked back. */
  readonly interarrivalMs: number | undefined
  readonly inPerMinute: number
  readonly outPerMinute: number
}

interface Sample {
  readonly atMs: number
  readonly ended: number
  readonly endedMs: number
  readonly settled: number
}

interface Arrival {
  readonly atMs: number
  readonly count: number
}

/** Work is looked back on for a minute, arrivals for ten: they come in bursts, as often as the source is asked. */
const workWindowMs = 60_000
const arrivalWindowMs = 600_000
const samplesMax = 120
const arrivalsMax = 1_000
/** An attempt that goes on for so many times the usual is counted as it is. */
const slowFactor = 2

export class QueueMeter {
  readonly #samples: Sample[] = []
  readonly #arrivals: Arrival[] = []
  #arrivalsSince: number | undefined

  /** The first list is read: what was there is a backlog, what comes from now on arrives. */
  listed(atMs: number): void {
    this.#arrivalsSince ??= atMs
  }

  arrived(count: number, atMs: number): void {
    if (this.#arrivalsSince === undefined || count === 0) return
    this.#arrivals.push({ atMs, count })
    if (this.#arrivals.length > arrivalsMax) this.#arrivalsSince = this.#arrivals.shift()!.atMs
  }

  measure(counts: QueueCounts, atMs: number): QueueRates {
    const sample = { atMs, ended: counts.attemptsEnded, endedMs: counts.attemptMsTotal, settled: counts.done + counts.failed }
    this.#samples.push(sample)
    // The window gets sparser, not shorter, where it is asked often.
    if (this.#samples.length > samplesMax) this.#samples.splice(1, 1)
    while (this.#samples.length > 2 && atMs - this.#samples[1]!.atMs >= workWindowMs) this.#samples.shift()
    const first = this.#samples[0]!
    const minutes = (atMs - first.atMs) / 60_000
    const interarrivalMs = this.#interarrival(atMs)
    return {
      processingMs: processingOf(counts, sample, first),
      interarrivalMs,
      inPerMinute: interarrivalMs === undefined ? 0 : 60_000 / interarrivalMs,
      outPerMinute: minutes > 0 ? Math.max(0, sample.settled - first.settled) / minutes : 0,
    }
  }

  #interarrival(atMs: number): number | undefined {
    if (this.#arrivalsSince === undefined) return undefined
    while (this.#arrivals.length > 0 && atMs - this.#arrivals[0]!.atMs > arrivalWindowMs) this.#arrivals.shift()
    const count = this.#arrivals.reduce((sum, arrival) => sum + arrival.count, 0)
    const ms = atMs - Math.max(this.#arrivalsSince, atMs - arrivalWindowMs)
    return count > 0 && ms > 0 ? ms / count : undefined
  }
}

/** Of the attempts that ended of late; of all, where none did. One that goes on for long counts as far as it has come. */
function processingOf({ attemptsEnded, attemptMsTotal, oldestAttemptMs }: QueueCounts, now: Sample, first: Sample): number | undefined {
  if (attemptsEnded === 0) return undefined
  const isRecent = now.ended > first.ended
  const count = isRecent ? now.ended - first.ended : attemptsEnded
  const ms = isRecent ? now.endedMs - first.endedMs : attemptMsTotal
  return oldestAttemptMs > slowFactor * ms / count ? (ms + oldestAttemptMs) / (count + 1) : ms / count
}

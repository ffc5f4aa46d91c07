// Counts of a queue: what is recorded, plus what the chunks there are say now.
import type { QueueCounts } from '../queue-executor.ts'
import { retriesOf } from './chunk-outcome.ts'
import type { LiveChunk } from './live-chunk.ts'
import type { RecordEntry } from './record.ts'

export class Tally {
  readonly #chunks: ReadonlyMap<string, LiveChunk>
  readonly #now: () => number
  #done = 0
  #failed = 0
  #retried = 0
  #endedAtStart: number | undefined
  #busyMs = 0
  #active = 0
  #since: number
  #progressAt: number
  #ended = 0

  /** `now` in milliseconds; never goes back. */
  constructor(chunks: ReadonlyMap<string, LiveChunk>, now: () => number) {
    this.#chunks = chunks
    this.#now = now
    this.#since = now()
    this.#progressAt = now()
  }

  recorded({ names, failed, released, retried }: RecordEntry): void {
    this.#failed += failed.length
    this.#done += names.length - failed.length - released.length
    this.#retried += retried
  }

  /** To be called after each change of a chunk: the time between calls is counted with the pods at work since the last. */
  note(): void {
    const now = this.#now()
    this.#busyMs += this.#active * (now - this.#since)
    this.#since = now
    const ended = this.#ends()
    if (ended !== this.#ended || this.#active === 0) this.#progressAt = now
    this.#active = this.#sum(chunk => chunk.active)
    this.#ended = ended
    this.#endedAtStart ??= ended
  }

  get counts(): QueueCounts {
    const now = this.#now()
    const done = this.#done + this.#sum(chunk => chunk.doneItems)
    const failed = this.#failed + this.#sum(chunk => chunk.failedItems)
    const taken = this.#done + this.#failed + this.#sum(chunk => chunk.names.length)
    const inFlight = Math.min(taken - done - failed, this.#sum(chunk => chunk.active * chunk.itemsPerPod))
    return {
      taken, done, failed, inFlight, waiting: taken - done - failed - inFlight,
      retried: this.#retried + this.#sum(retriesOf),
      attemptsEnded: this.#ends() - (this.#endedAtStart ?? 0),
      attemptMsTotal: this.#busyMs + this.#active * (now - this.#since),
      oldestAttemptMs: this.#active === 0 ? 0 : now - this.#progressAt,
    }
  }

  #ends(): number {
    return this.#done + this.#failed + this.#retried + this.#sum(chunk => chunk.doneItems + chunk.failedItems + retriesOf(chunk))
  }

  #sum(of: (chunk: LiveChunk) => number): number {
    let sum = 0
    for (const chunk of this.#chunks.values()) if (chunk.state !== 'recorded') sum += of(chunk)
    return sum
  }
}

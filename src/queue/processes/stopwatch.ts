// How long attempts take, for those who reckon how many workers are needed.

export class Stopwatch {
  readonly #running = new Set<{ readonly since: number }>()
  #ended = 0
  #msTotal = 0

  async time<T>(work: () => Promise<T>): Promise<T> {
    const attempt = { since: performance.now() }
    this.#running.add(attempt)
    try {
      return await work()
    } finally {
      this.#running.delete(attempt)
      this.#ended++
      this.#msTotal += performance.now() - attempt.since
    }
  }

  get attemptsEnded(): number {
    return this.#ended
  }

  get attemptMsTotal(): number {
    return this.#msTotal
  }

  /** In the order they began: the first is the oldest. */
  get oldestAttemptMs(): number {
    const [oldest] = this.#running
    return oldest ? performance.now() - oldest.since : 0
  }
}

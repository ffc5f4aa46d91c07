// Keeps the outcome records of a pipeline that never ends within bounds: `trace` tells of the newest.
import type { Clock, Timer } from '../clock.ts'
import type { Log } from '../log.ts'

const recordsMax = 100_000
const trimEveryMs = 60_000

export const historySubscription = (scope: string) => `${scope}/history`

export class History {
  readonly #log: Log
  readonly #clock: Clock
  readonly #topic: string
  readonly #subscription: string
  #timer: Timer | undefined

  constructor(log: Log, clock: Clock, topic: string, scope: string) {
    this.#log = log
    this.#clock = clock
    this.#topic = topic
    this.#subscription = historySubscription(scope)
  }

  start(epoch: number, onError: (error: unknown) => void): void {
    this.#timer = this.#clock.after(trimEveryMs, () => {
      this.#trim(epoch).then(() => this.start(epoch, onError), onError)
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  async #trim(epoch: number): Promise<void> {
    const info = (await this.#log.topics()).find(({ name }) => name === this.#topic)
    const { start = 0, end = 0 } = info?.extents[0] ?? {}
    if (end - start <= recordsMax) return
    const progress = [{ subscription: this.#subscription, topic: this.#topic, partition: 0, mark: end - recordsMax, done: [] }]
    await this.#log.commit({ epoch, appends: [], progress, state: [] })
  }
}

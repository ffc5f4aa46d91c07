// One delay class of a stage's retries. A partition is read in order but items are due in any: what is not due yet waits here, a bounded
// number of items, and what comes due goes on its way past it.
import type { Clock, Timer } from '../clock.ts'
import { decodeItems, type FullItems } from '../model/items.ts'
import { retryWeight, type Feed } from './feed.ts'
import type { Flight, Harvest } from './flight.ts'
import type { PartitionReader } from './partition-reader.ts'

export interface RetryFeedOptions {
  readonly lane: number
  readonly partition: number
  readonly reader: PartitionReader
  readonly clock: Clock
  readonly wake: () => void
  readonly board: (feed: Feed, offset: number, items: FullItems, skip?: (item: number) => boolean) => Flight
}

interface Waiting {
  readonly offset: number
  readonly items: FullItems
  /** Items not on their way yet. */
  left: readonly number[]
  /** When the first of them is due. */
  dueAt: number
}

/** Items that wait in memory; further ones stay in the log until these are gone. */
const waitingItemsMax = 10_000
/** A timer for a far time is set anew, so that a clock that jumps costs no more than this. */
const timerMsMax = 60_000

export class RetryFeed implements Feed {
  readonly input = undefined
  readonly lane: number
  readonly weight = retryWeight
  readonly partition: number
  readonly #options: RetryFeedOptions
  readonly #waiting: Waiting[] = []
  #waitingItems = 0
  #timer: Timer | undefined
  #timerAt = Infinity

  constructor(options: RetryFeedOptions) {
    this.#options = options
    this.lane = options.lane
    this.partition = options.partition
  }

  get isBusy(): boolean {
    return this.#waiting.length > 0 || !this.#options.reader.isDrained
  }

  get isEnded(): boolean {
    return !this.isBusy
  }

  fill(): void {
    this.#options.reader.fill()
  }

  take(): Flight | undefined {
    this.#gather()
    if (this.#waiting.length === 0) return undefined
    const now = this.#options.clock.now()
    const waiting = this.#waiting.find(({ dueAt }) => dueAt <= now)
    if (!waiting) return this.#wakeWhenDue(now)
    const { offset, items, left } = waiting
    const due = new Set(left.filter(item => items.retries![item]!.dueAt <= now))
    this.#keep(waiting, left.filter(item => !due.has(item)))
    return this.#options.board(this, offset, items, item => !due.has(item))
  }

  complete({ ranges }: Harvest): void {
    for (const [from, to] of ranges) this.#options.reader.complete(from, to)
  }

  changes() {
    const progress = this.#options.reader.takeProgress()
    return { progress: progress ? [progress] : [], state: [] }
  }

  #gather(): void {
    while (this.#waitingItems < waitingItemsMax) {
      const taken = this.#options.reader.take()
      this.fill()
      if (!taken) return
      const items = decodeItems(taken.chunk)
      const waiting: Waiting = { offset: taken.chunk.offset, items, left: [], dueAt: Infinity }
      this.#waiting.push(waiting)
      this.#keep(waiting, [...items.values.keys()].filter(item => !taken.skip?.(item)))
    }
  }

  #keep(waiting: Waiting, left: readonly number[]): void {
    this.#waitingItems += left.length - waiting.left.length
    waiting.left = left
    waiting.dueAt = left.reduce((first, item) => Math.min(first, waiting.items.retries![item]!.dueAt), Infinity)
    if (left.length === 0) this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
  }

  #wakeWhenDue(now: number): undefined {
    const dueAt = this.#waiting.reduce((first, waiting) => Math.min(first, waiting.dueAt), Infinity)
    if (this.#timer && this.#timerAt <= dueAt) return
    this.#timer?.cancel()
    this.#timerAt = dueAt
    this.#timer = this.#options.clock.after(Math.min(dueAt - now, timerMsMax), () => this.#due())
  }

  #due(): void {
    this.#timer = undefined
    this.#options.wake()
  }
}

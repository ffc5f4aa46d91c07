// One delay class of a stage's retries. Items wait in the longest class that fits and then move down, so that not-before is exact
// though a partition is read in order.
import type { Clock, Timer } from '../clock.ts'
import { decodeItems } from '../model/items.ts'
import { retryWeight, type Feed } from './feed.ts'
import type { Flight, Harvest } from './flight.ts'
import type { FullItems } from '../model/items.ts'
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
  readonly skip: ((item: number) => boolean) | undefined
  readonly dueAt: number
}

export class RetryFeed implements Feed {
  readonly input = undefined
  readonly lane: number
  readonly weight = retryWeight
  readonly partition: number
  readonly #options: RetryFeedOptions
  #head: Waiting | undefined
  #timer: Timer | undefined

  constructor(options: RetryFeedOptions) {
    this.#options = options
    this.lane = options.lane
    this.partition = options.partition
  }

  get isBusy(): boolean {
    return this.#head !== undefined || !this.#options.reader.isDrained
  }

  get isEnded(): boolean {
    return !this.isBusy
  }

  fill(): void {
    this.#options.reader.fill()
  }

  take(): Flight | undefined {
    this.#head ??= this.#next()
    if (!this.#head) return undefined
    const waitMs = this.#head.dueAt - this.#options.clock.now()
    if (waitMs > 0) return this.#waitFor(waitMs)
    const { offset, items, skip } = this.#head
    this.#head = undefined
    return this.#options.board(this, offset, items, skip)
  }

  complete({ ranges }: Harvest): void {
    for (const [from, to] of ranges) this.#options.reader.complete(from, to)
  }

  changes() {
    const progress = this.#options.reader.takeProgress()
    return { progress: progress ? [progress] : [], state: [] }
  }

  #next(): Waiting | undefined {
    const taken = this.#options.reader.take()
    this.fill()
    if (!taken) return undefined
    const items = decodeItems(taken.chunk)
    return { offset: taken.chunk.offset, items, skip: taken.skip, dueAt: Math.min(...items.retries!.map(({ dueAt }) => dueAt)) }
  }

  #waitFor(waitMs: number): undefined {
    this.#timer ??= this.#options.clock.after(Math.min(waitMs, 60_000), () => {
      this.#timer = undefined
      this.#options.wake()
    })
    return undefined
  }
}

// The items of one partition of a topic.
import { decodeItems } from '../model/items.ts'
import type { Feed } from './feed.ts'
import type { Flight, Harvest } from './flight.ts'
import type { FullItems } from '../model/items.ts'
import type { PartitionReader } from './partition-reader.ts'

export interface TopicFeedOptions {
  readonly input: string
  readonly lane: number
  readonly weight: number
  readonly partition: number
  readonly reader: PartitionReader
  readonly isGateOpen: () => boolean
  /** Whether all that write to this partition have ended. */
  readonly isEnded: (reader: PartitionReader) => boolean
  readonly board: (feed: Feed, offset: number, items: FullItems, skip?: (item: number) => boolean) => Flight
}

export class TopicFeed implements Feed {
  readonly input: string
  readonly lane: number
  readonly weight: number
  readonly partition: number
  readonly #options: TopicFeedOptions

  constructor(options: TopicFeedOptions) {
    this.#options = options
    this.input = options.input
    this.lane = options.lane
    this.weight = options.weight
    this.partition = options.partition
  }

  get isBusy(): boolean {
    return this.#options.isGateOpen() && !this.#options.reader.isDrained
  }

  get isEnded(): boolean {
    return this.#options.isGateOpen() && this.#options.reader.isDrained && this.#options.isEnded(this.#options.reader)
  }

  fill(): void {
    if (this.#options.isGateOpen()) this.#options.reader.fill()
  }

  take(): Flight | undefined {
    const taken = this.#options.reader.take()
    this.fill()
    return taken && this.#options.board(this, taken.chunk.offset, decodeItems(taken.chunk), taken.skip)
  }

  complete({ ranges }: Harvest): void {
    for (const [from, to] of ranges) this.#options.reader.complete(from, to)
  }

  changes() {
    const progress = this.#options.reader.takeProgress()
    return { progress: progress ? [progress] : [], state: [] }
  }
}

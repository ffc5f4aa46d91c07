// The splits of a source as items: the work list of a MapReduce stage. What is settled is a task, one split or several small neighbours.
import type { Progress, StateChange } from '../log.ts'
import { decodeItems, type FullItems } from '../model/items.ts'
import type { SourceContext, Source, Split } from '../source.ts'
import { normalWeight, type Feed } from './feed.ts'
import { Flight, type Harvest } from './flight.ts'
import { taskRanges } from './map-reduce-tasks.ts'
import type { PartitionReader } from './partition-reader.ts'

export interface MapReduceFeedOptions {
  readonly name: string
  readonly partition: number
  readonly source: Source<unknown>
  readonly splits: PartitionReader
  readonly isListed: (reader: PartitionReader) => boolean
  readonly context: SourceContext
  /** When the run began, in milliseconds since 1970: the time of every item. */
  readonly time: number
  readonly now: () => number
  /** Tasks that run at once. */
  readonly tasksAtOnce: number
  readonly boarded: (flight: Flight) => void
}

export class MapReduceFeed implements Feed {
  readonly input: string
  readonly lane = 0
  readonly weight = normalWeight
  readonly partition: number
  /** Its items are parts of a source, which count for what is in them. */
  readonly isWorkList = true
  readonly #options: MapReduceFeedOptions
  /** Of one chunk of the list. */
  readonly #waiting: Flight[] = []
  /** By group: until the splits before are located. */
  readonly #located = new Map<string, Promise<unknown>>()

  constructor(options: MapReduceFeedOptions) {
    this.#options = options
    this.input = options.name
    this.partition = options.partition
  }

  get isBusy(): boolean {
    return this.#waiting.length > 0 || !this.#options.splits.isDrained
  }

  get isEnded(): boolean {
    return !this.isBusy && this.#options.isListed(this.#options.splits)
  }

  get time(): number {
    return this.#options.time
  }

  fill(): void {
    this.#options.splits.fill()
  }

  take(): Flight | undefined {
    if (this.#waiting.length === 0) this.#takeChunk()
    this.fill()
    const flight = this.#waiting.shift()
    if (flight) this.#options.boarded(flight)
    return flight
  }

  complete({ ranges }: Harvest): void {
    for (const [from, to] of ranges) this.#options.splits.complete(from, to)
  }

  changes(): { readonly progress: readonly Progress[]; readonly state: readonly StateChange[] } {
    const progress = this.#options.splits.takeProgress()
    return { progress: progress ? [progress] : [], state: [] }
  }

  /** The split as it is to be read. Those of a group are completed in the order of the list. */
  locate(split: Split): Promise<Split> {
    const { source, context } = this.#options
    if (!source.locate) return Promise.resolve(split)
    if (split.group === undefined) return source.locate(split, context)
    const before = this.#located.get(split.group) ?? Promise.resolve()
    const located = before.then(() => source.locate!(split, context))
    const settled = located.catch(() => {}).then(() => {
      if (this.#located.get(split.group!) === settled) this.#located.delete(split.group!)
    })
    this.#located.set(split.group, settled)
    return located
  }

  #takeChunk(): void {
    const taken = this.#options.splits.take()
    if (!taken) return
    const items = decodeItems(taken.chunk)
    for (const [from, to] of taskRanges(items.values.length, this.#options.tasksAtOnce, index => taken.skip?.(index) === true)) {
      this.#waiting.push(this.#flight(taken.chunk.offset + from, items, from, to))
    }
  }

  #flight(offset: number, items: FullItems, from: number, to: number): Flight {
    const part = Array.from({ length: to - from }, (_, index) => from + index)
    const values = items.values.slice(from, to)
    return new Flight(this, offset, { values, ids: items.ids.pick(part), origins: items.origins.pick(part), times: items.times }, { values }, this.#options.now())
  }
}

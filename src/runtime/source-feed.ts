// The items of a source: its splits come from a topic of their own, listed once per run, and several are read at a time. Nothing of the
// input is stored but each split's position.
import type { Clock } from '../clock.ts'
import type { Progress, StateChange } from '../log.ts'
import { fromText, toText } from '../model/codec.ts'
import { decodeItems } from '../model/items.ts'
import { Names } from '../model/names.ts'
import type { Source, SourceContext, Split } from '../source.ts'
import { normalWeight, type Feed } from './feed.ts'
import type { Flight, Harvest } from './flight.ts'
import type { FullItems } from '../model/items.ts'
import type { PartitionReader } from './partition-reader.ts'
import type { Placed } from './placed.ts'
import { SplitQueue } from './split-queue.ts'
import { SplitReader, type SplitProgress } from './split-reader.ts'

/** Splits of one source read at the same time. */
const splitsAtOnce = 8
/** With those that never end. */
const endlessSplitsAtOnce = 1_000
/** Ordinals within a split are offsets; those of different splits are kept apart by this factor. */
const itemsPerSplit = 2 ** 33

export interface SourceFeedOptions {
  readonly name: string
  readonly lane: number
  readonly partition: number
  readonly source: Source<unknown>
  readonly splits: PartitionReader
  readonly isListed: (reader: PartitionReader) => boolean
  readonly isGateOpen: () => boolean
  /** State store of the positions, and what it held at the start. */
  readonly store: string
  readonly positions: ReadonlyMap<string, string>
  readonly context: SourceContext
  readonly clock: Clock
  readonly wake: () => void
  readonly onError: (error: unknown) => void
  readonly board: (feed: Feed, offset: number, items: FullItems, skip?: (item: number) => boolean) => Flight
}

export class SourceFeed implements Feed {
  readonly input: string
  readonly lane: number
  readonly weight = normalWeight
  readonly partition: number
  readonly #options: SourceFeedOptions
  /** By the split's offset in its topic. */
  readonly #open = new Map<number, SplitReader>()
  readonly #waiting = new SplitQueue()
  /** Splits done whose position is still stored. */
  #closed: number[] = []

  constructor(options: SourceFeedOptions) {
    this.#options = options
    this.input = options.name
    this.lane = options.lane
    this.partition = options.partition
  }

  get isBusy(): boolean {
    return this.#options.isGateOpen() && (!this.#options.splits.isDrained || this.#open.size > 0 || !this.#waiting.isEmpty)
  }

  get isEnded(): boolean {
    return !this.isBusy && this.#options.isListed(this.#options.splits)
  }

  fill(): void {
    if (this.#options.isGateOpen()) this.#options.splits.fill()
  }

  take(): Flight | undefined {
    this.#openSplits()
    for (const [offset, reader] of this.#open) {
      const chunk = reader.take()
      if (!chunk) {
        this.#closeIfDone(offset, reader)
        continue
      }
      this.#open.delete(offset)
      this.#open.set(offset, reader) // the next take begins with another split
      return this.#options.board(this, offset * itemsPerSplit + chunk.first, this.#itemsOf(offset, chunk.first, chunk.placed), chunk.skip)
    }
    return undefined
  }

  complete({ ranges }: Harvest): void {
    for (const [from, to] of ranges) {
      const offset = Math.floor(from / itemsPerSplit)
      const reader = this.#open.get(offset)!
      reader.complete(from - offset * itemsPerSplit, to - offset * itemsPerSplit)
    }
  }

  changes(): { readonly progress: readonly Progress[]; readonly state: readonly StateChange[] } {
    const state = [...this.#open].flatMap(([offset, reader]) => this.#change(offset, reader))
    const removed = this.#closed.map(offset => ({ store: this.#options.store, key: String(offset), value: null }))
    this.#closed = []
    const progress = this.#options.splits.takeProgress()
    return { progress: progress ? [progress] : [], state: [...state, ...removed] }
  }

  #change(offset: number, reader: SplitReader): readonly StateChange[] {
    if (this.#closeIfDone(offset, reader)) return []
    const progress = reader.takeProgress()
    return progress ? [{ store: this.#options.store, key: String(offset), value: toText(progress) }] : []
  }

  #closeIfDone(offset: number, reader: SplitReader): boolean {
    if (!reader.isDone) return false
    this.#open.delete(offset)
    this.#waiting.free(offset, reader.split)
    this.#closed.push(offset)
    this.#options.splits.complete(offset, offset + 1)
    this.#options.wake()
    return true
  }

  #openSplits(): void {
    this.fill()
    for (const [offset, reader] of this.#open) if (reader.isTaken) this.#waiting.free(offset, reader.split)
    let counted = 0
    for (const reader of this.#open.values()) if (!reader.split.isEndless) counted++
    while (counted < splitsAtOnce && this.#open.size < endlessSplitsAtOnce) {
      const next = this.#nextSplit()
      if (!next) return
      if (!next.split.isEndless) counted++
      this.#open.set(next.offset, this.#reader(next.offset, next.split))
    }
  }

  #nextSplit() {
    for (;;) {
      const next = this.#waiting.take()
      if (next || !this.#waiting.hasRoom || !this.#takeSplits()) return next
    }
  }

  #takeSplits(): boolean {
    const taken = this.#options.splits.take()
    if (!taken) return false
    const { chunk, skip } = taken
    const splits = (decodeItems(chunk).values as readonly Split[]).map((split, index) => ({ offset: chunk.offset + index, split }))
    this.#waiting.add(splits.filter((_, index) => !skip?.(index)))
    return true
  }

  #reader(offset: number, split: Split): SplitReader {
    const stored = this.#options.positions.get(String(offset))
    const { source, context, clock, wake, onError } = this.#options
    return new SplitReader({ source, split, context, clock, wake, onError, progress: stored ? (fromText(stored) as SplitProgress) : undefined })
  }

  #itemsOf(offset: number, first: number, { values, errors, originsOr }: Placed): FullItems {
    const ids = Names.numbered(`${this.#options.name}:${offset}:`, first, values.length)
    return { ids, values, times: this.#options.clock.now(), origins: originsOr(ids), unreadable: errors }
  }
}

// One partition of a simulated log. Chunks get their place when they are decided, and are readable once they and all before them are
// settled: Kafka's last stable offset.
import type { EncodedChunk, PartitionId, ReadLimits, StoredChunk } from '../../log.ts'

const offsetsPerRecord = 65_536

/** A chunk in its place, readable or not yet. */
export interface Place {
  readonly chunk: StoredChunk
  isSettled: boolean
}

export class MemoryPartition {
  readonly id: PartitionId
  readonly #gaps: (() => number) | undefined
  readonly #places: Place[] = []
  /** Who has read to the end of what is readable, where more is stored. */
  #waiting: (() => void)[] = []
  #readable = 0
  #start = 0
  #end = 0

  /** `gaps` gives the number of records that what is not items takes after a commit. */
  constructor(id: PartitionId, gaps: (() => number) | undefined) {
    this.id = id
    this.#gaps = gaps
  }

  get extent(): { readonly start: number; readonly end: number } {
    return { start: this.#start, end: this.#end }
  }

  place(chunk: EncodedChunk, at: number): Place {
    const offset = this.#end
    const next = offset + (this.#gaps ? offsetsPerRecord * Math.ceil(chunk.count / offsetsPerRecord) : chunk.count)
    const place = { chunk: { ...this.id, offset, next, count: chunk.count, columns: chunk.columns, values: chunk.values, at }, isSettled: false }
    this.#end = next
    this.#places.push(place)
    return place
  }

  /** The end of a transaction takes an offset of its own, and so does what was aborted. */
  skipMarker(): void {
    if (this.#gaps) this.#end += offsetsPerRecord * this.#gaps()
  }

  /** Whether more is readable than before. */
  settle(place: Place): boolean {
    place.isSettled = true
    const before = this.#readable
    while (this.#places[this.#readable]?.isSettled) this.#readable++
    return this.#readable > before
  }

  /** Called when all that became readable together is settled. */
  wake(): void {
    for (const action of this.#waiting.splice(0)) action()
  }

  /** Whether something from this offset on is stored and not readable yet. */
  isHidden(from: number): boolean {
    return this.#readable < this.#places.length && endOf(this.#places.at(-1)!) > from
  }

  whenSettled(action: () => void): void {
    this.#waiting.push(action)
  }

  read(from: number, limits: ReadLimits = {}): readonly StoredChunk[] {
    const found: StoredChunk[] = []
    let bytes = 0
    for (let index = this.#firstEndingAfter(from); index < this.#readable; index++) {
      const { chunk } = this.#places[index]!
      found.push({ ...chunk, values: chunk.values.slice() })
      bytes += chunk.values.length
      if (found.length >= (limits.chunks ?? 1) || bytes >= (limits.bytes ?? 4_000_000)) break
    }
    return found
  }

  /** Removes chunks from the front while `isDone` says so. */
  trim(isDone: (from: number, to: number) => boolean): void {
    let count = 0
    while (count < this.#readable && isDone(this.#places[count]!.chunk.offset, endOf(this.#places[count]!))) count++
    if (count === 0) return
    this.#places.splice(0, count)
    this.#readable -= count
    this.#start = this.#places[0]?.chunk.offset ?? this.#end
  }

  #firstEndingAfter(offset: number): number {
    let low = 0
    let high = this.#readable
    while (low < high) {
      const middle = (low + high) >> 1
      if (endOf(this.#places[middle]!) > offset) high = middle
      else low = middle + 1
    }
    return low
  }
}

function endOf({ chunk }: Place): number {
  return chunk.offset + chunk.count
}

// The combiner: a sum for each key, in memory up to a bound. Keys and sums lie apart, so that adding to a known key is one look into a Map and
// one into an array.
import type { Meta } from '../model/item.ts'
import type { Reducer } from '../model/reducer.ts'
import type { RawKey } from './key-hash.ts'
import type { Entries } from './run-file.ts'
import { sizeOf } from './size-estimate.ts'

/** Map entry, its share of buckets and of growing, the place of the sum, the header of the key. */
const bytesPerKey = 120
/** A Map holds at most 16,777,216. */
const keysMax = 8_000_000
/** Sums looked at after each block, in turn. */
const sumsSampled = 8
/** V8 copies shorter parts of a string; longer ones are views that keep the whole block. */
const viewedFrom = 13

export interface Combiner {
  add(key: RawKey | undefined, item: unknown, meta: Meta): void
  addTimes(key: RawKey | undefined, item: unknown, times: number): void
  /** Looks how large the sums have grown. */
  measure(): void
  /** Everything, in the order in which keys first came. It is empty afterwards. */
  drain(): Entries
}

export class KeyTable implements Combiner {
  readonly #reducer: Reducer<any, any, any>
  readonly #bytesMax: number
  readonly #onFull: () => void
  #indexes = new Map<RawKey, number>()
  #sums: unknown[] = []
  #keyBytes = 0
  #sumBytes = 0
  #sampled = 0

  /** `onFull` must drain it. */
  constructor(reducer: Reducer<any, any, any>, bytesMax: number, onFull: () => void) {
    this.#reducer = reducer
    this.#bytesMax = bytesMax
    this.#onFull = onFull
  }

  add(key: RawKey, item: unknown, meta: Meta): void {
    const index = this.#indexes.get(key)
    if (index === undefined) this.#insert(key, this.#reducer.add(this.#reducer.create(), item, meta))
    else this.#sums[index] = this.#reducer.add(this.#sums[index], item, meta)
  }

  addTimes(key: RawKey, item: unknown, times: number): void {
    const index = this.#indexes.get(key)
    if (index === undefined) this.#insert(key, this.#reducer.addTimes!(this.#reducer.create(), item, times))
    else this.#sums[index] = this.#reducer.addTimes!(this.#sums[index], item, times)
  }

  merge(key: RawKey, sum: unknown): void {
    const index = this.#indexes.get(key)
    if (index === undefined) this.#insert(key, sum)
    else this.#sums[index] = this.#reducer.merge(this.#sums[index], sum)
  }

  measure(): void {
    if (this.#sums.length === 0) return
    let bytes = 0
    for (let count = 0; count < sumsSampled; count++) bytes += sizeOf(this.#sums[this.#sampled++ % this.#sums.length])
    const mean = bytes / sumsSampled
    this.#sumBytes = this.#sumBytes === 0 ? mean : this.#sumBytes + (mean - this.#sumBytes) / 4
    if (this.#isFull) this.#onFull()
  }

  drain(): Entries {
    const entries = { keys: [...this.#indexes.keys()], sums: this.#sums }
    this.#indexes = new Map()
    this.#sums = []
    this.#keyBytes = 0
    return entries
  }

  get #isFull(): boolean {
    return this.#keyBytes + this.#sums.length * this.#sumBytes > this.#bytesMax || this.#sums.length >= keysMax
  }

  #insert(key: RawKey, sum: unknown): void {
    if (this.#isFull) this.#onFull()
    this.#indexes.set(typeof key === 'string' && key.length >= viewedFrom ? copied(key) : key, this.#sums.length)
    this.#sums.push(sum)
    this.#keyBytes += bytesPerKey + (typeof key === 'string' ? key.length : 0)
  }
}

/** One sum for all. */
export class SoleSum implements Combiner {
  readonly #reducer: Reducer<any, any, any>
  #sum: unknown
  #isEmpty = true

  constructor(reducer: Reducer<any, any, any>) {
    this.#reducer = reducer
    this.#sum = reducer.create()
  }

  add(_key: RawKey | undefined, item: unknown, meta: Meta): void {
    this.#sum = this.#reducer.add(this.#sum, item, meta)
    this.#isEmpty = false
  }

  addTimes(_key: RawKey | undefined, item: unknown, times: number): void {
    this.#sum = this.#reducer.addTimes!(this.#sum, item, times)
    this.#isEmpty = false
  }

  measure(): void {}

  drain(): Entries {
    return this.#isEmpty ? { keys: [], sums: [] } : { keys: [soleKey], sums: [this.#sum] }
  }
}

/** The key of a reduce without keys. */
export const soleKey = 'all'

const scratch = Buffer.allocUnsafe(4_096)

/** The same text in memory of its own. */
function copied(text: string): string {
  if (text.length * 3 > scratch.length || !text.isWellFormed()) return Buffer.from(text, 'utf16le').toString('utf16le')
  return scratch.toString('utf8', 0, scratch.write(text))
}

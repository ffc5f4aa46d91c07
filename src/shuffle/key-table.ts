// The combiner: a sum for each key, in memory up to a bound. Keys and sums lie apart, so that adding to a known key is one look into a Map and
// one into an array.
import type { Meta } from '../model/item.ts'
import type { Reducer } from '../model/reducer.ts'
import type { RawKey } from './key-hash.ts'
import type { Entries } from './run-file.ts'
import { sizeOf } from './size-estimate.ts'

/** Map entry, its share of buckets and of growing, the places of key, sum and order, the header of the key. */
const bytesPerKey = 136
/** A Map holds at most 16,777,216. */
const keysMax = 8_000_000
/** Sums looked at after each block, in turn. */
const sumsSampled = 8
/** V8 copies shorter parts of a string; longer ones are views that keep the whole block. */
const viewedFrom = 13

export interface Combiner {
  begin(onFull: () => void): void
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
  readonly #keptBytesMax: number
  #onFull = (): void => {}
  /** Those of earlier tasks too, without a sum: most keys come again, and need not be put in again. */
  #indexes = new Map<RawKey, number>()
  #keys: RawKey[] = []
  #sums: unknown[] = []
  #allKeyBytes = 0
  /** Indexes of the sums there are, in the order in which their keys first came. */
  #order: number[] = []
  #keyBytes = 0
  #sumBytes = 0
  #sampled = 0

  /** Of keys alone it keeps `keptBytesMax` when it is drained. */
  constructor(reducer: Reducer<any, any, any>, bytesMax: number, keptBytesMax = 0) {
    this.#reducer = reducer
    this.#bytesMax = bytesMax
    this.#keptBytesMax = keptBytesMax
  }

  /** For the next task. `onFull` must drain it; when that is asked depends on the task alone. */
  begin(onFull: () => void): void {
    this.#onFull = onFull
    this.#sumBytes = 0
    this.#sampled = 0
  }

  add(key: RawKey, item: unknown, meta: Meta): void {
    const index = this.#indexes.get(key)
    const sum = index === undefined ? absent : this.#sums[index]
    if (sum === absent) this.#put(key, this.#reducer.add(this.#reducer.create(), item, meta))
    else this.#sums[index!] = this.#reducer.add(sum, item, meta)
  }

  addTimes(key: RawKey, item: unknown, times: number): void {
    const index = this.#indexes.get(key)
    const sum = index === undefined ? absent : this.#sums[index]
    if (sum === absent) this.#put(key, this.#reducer.addTimes!(this.#reducer.create(), item, times))
    else this.#sums[index!] = this.#reducer.addTimes!(sum, item, times)
  }

  merge(key: RawKey, other: unknown): void {
    const index = this.#indexes.get(key)
    const sum = index === undefined ? absent : this.#sums[index]
    if (sum === absent) this.#put(key, other)
    else this.#sums[index!] = this.#reducer.merge(sum, other)
  }

  measure(): void {
    if (this.#order.length === 0) return
    let bytes = 0
    for (let count = 0; count < sumsSampled; count++) bytes += sizeOf(this.#sums[this.#order[this.#sampled++ % this.#order.length]!])
    const mean = bytes / sumsSampled
    this.#sumBytes = this.#sumBytes === 0 ? mean : this.#sumBytes + (mean - this.#sumBytes) / 4
    if (this.#isFull) this.#onFull()
  }

  drain(): Entries {
    const order = this.#order
    this.#order = []
    this.#keyBytes = 0
    const entries = { keys: order.map(index => this.#keys[index]!), sums: order.map(index => this.#sums[index]) }
    if (this.#allKeyBytes > this.#keptBytesMax || this.#keys.length > keysMax) this.#clear()
    else for (const index of order) this.#sums[index] = absent
    return entries
  }

  get #isFull(): boolean {
    return this.#keyBytes + this.#order.length * this.#sumBytes > this.#bytesMax || this.#order.length >= keysMax
  }

  #clear(): void {
    this.#indexes = new Map()
    this.#keys = []
    this.#sums = []
    this.#allKeyBytes = 0
  }

  #put(key: RawKey, sum: unknown): void {
    if (this.#isFull) this.#onFull()
    const index = this.#indexes.get(key) ?? this.#insert(key)
    this.#sums[index] = sum
    this.#order.push(index)
    this.#keyBytes += bytesOf(key)
  }

  #insert(key: RawKey): number {
    const index = this.#keys.length
    const own = typeof key === 'string' && key.length >= viewedFrom ? copied(key) : key
    this.#indexes.set(own, index)
    this.#keys.push(own)
    this.#allKeyBytes += bytesOf(key)
    return index
  }
}

/** A key's sum that is not there. */
const absent = Symbol('absent')

function bytesOf(key: RawKey): number {
  return bytesPerKey + (typeof key === 'string' ? key.length : 0)
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

  begin(): void {}

  measure(): void {}

  drain(): Entries {
    if (this.#isEmpty) return { keys: [], sums: [] }
    const entries = { keys: [soleKey], sums: [this.#sum] }
    this.#sum = this.#reducer.create()
    this.#isEmpty = true
    return entries
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

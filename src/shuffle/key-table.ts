// The combiner: a sum for each key, in memory up to a bound. Keys and sums lie apart, so that adding to a known key is one look into a Map and
// one into an array. Where hardly any key comes again before memory is full, looking costs more than it saves: then entries are gathered as they come.
import type { Meta } from '../model/item.ts'
import type { Reducer } from '../model/reducer.ts'
import type { RawKey } from './key-hash.ts'
import { Sections } from './sections.ts'
import { sizeOf } from './size-estimate.ts'

/** Map entry, its share of buckets and of growing, the places of key, sum and order, the header of the key. */
const bytesPerKey = 136
/** A Map holds at most 16,777,216. */
const keysMax = 8_000_000
/** Sums looked at after each block, in turn. */
const sumsSampled = 8
/** V8 copies shorter parts of a string; longer ones are views that keep the whole block. */
const viewedFrom = 13
/** So often a key must come on average to be looked for: when memory is full, and when the first part of it is. */
const timesMin = 2
const timesMinEarly = 1.1
const earlyShare = 1 / 8
/** Gathering more at once saves nothing. */
const gatheredShare = 1 / 8
/** Times that entries are gathered without a look, before another try with one. */
const gatheredMax = 32

export interface Combiner {
  /** For the next task. What is asked of it from here on depends on the task alone. */
  begin(): void
  add(key: RawKey | undefined, item: unknown, meta: Meta): void
  addTimes(key: RawKey | undefined, item: unknown, times: number): void
  /** It must be drained before it is given more. A field: it is looked at after each item. */
  readonly isFull: boolean
  /** Looks how large the sums have grown. */
  measure(): void
  /** Everything there is, in the order in which keys first came. To be cleared when it was written. */
  drain(): Sections
  clear(): void
}

export class KeyTable implements Combiner {
  isFull = false
  readonly #reducer: Reducer<any, any, any>
  readonly #bytesMax: number
  readonly #keptBytesMax: number
  readonly #sections = new Sections()
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
  /** Since it was drained. */
  #looks = 0
  /** How often entries will be drained that were gathered without a look. */
  #gathered = 0

  /** Of keys alone it keeps `keptBytesMax` when it is cleared. */
  constructor(reducer: Reducer<any, any, any>, bytesMax: number, keptBytesMax: number) {
    this.#reducer = reducer
    this.#bytesMax = bytesMax
    this.#keptBytesMax = keptBytesMax
  }

  begin(): void {
    this.#sumBytes = 0
    this.#sampled = 0
    this.#gathered = 0
  }

  add(key: RawKey, item: unknown, meta: Meta): void {
    if (this.#gathered > 0) return this.#gather(key, this.#reducer.add(this.#reducer.create(), item, meta))
    this.#looks++
    const index = this.#indexes.get(key)
    const sum = index === undefined ? absent : this.#sums[index]
    if (sum === absent) this.#put(key, index, this.#reducer.add(this.#reducer.create(), item, meta))
    else this.#sums[index!] = this.#reducer.add(sum, item, meta)
  }

  addTimes(key: RawKey, item: unknown, times: number): void {
    if (this.#gathered > 0) return this.#gather(key, this.#reducer.addTimes!(this.#reducer.create(), item, times))
    this.#looks++
    const index = this.#indexes.get(key)
    const sum = index === undefined ? absent : this.#sums[index]
    if (sum === absent) this.#put(key, index, this.#reducer.addTimes!(this.#reducer.create(), item, times))
    else this.#sums[index!] = this.#reducer.addTimes!(sum, item, times)
  }

  measure(): void {
    if (this.#order.length === 0) return
    let bytes = 0
    for (let count = 0; count < sumsSampled; count++) bytes += sizeOf(this.#sums[this.#order[this.#sampled++ % this.#order.length]!])
    const mean = bytes / sumsSampled
    this.#sumBytes = this.#sumBytes === 0 ? mean : this.#sumBytes + (mean - this.#sumBytes) / 4
    const isHopeless = this.#tableBytes > this.#bytesMax * earlyShare && this.#looks < this.#order.length * timesMinEarly
    this.isFull = isHopeless || this.#isTableFull
  }

  drain(): Sections {
    for (const index of this.#order) this.#sections.append(this.#keys[index]!, this.#sums[index])
    return this.#sections
  }

  clear(): void {
    const isWorthLooking = this.#looks >= this.#order.length * timesMin
    this.#gathered = this.#gathered > 0 ? this.#gathered - 1 : isWorthLooking ? 0 : gatheredMax
    if (this.#gathered > 0 || this.#allKeyBytes > this.#keptBytesMax || this.#keys.length > keysMax) this.#forget()
    else for (const index of this.#order) this.#sums[index] = absent
    this.#order = []
    this.#keyBytes = 0
    this.#looks = 0
    this.isFull = false
    this.#sections.clear()
  }

  get #tableBytes(): number {
    return this.#keyBytes + this.#order.length * this.#sumBytes
  }

  get #isTableFull(): boolean {
    return this.#tableBytes > this.#bytesMax || this.#order.length >= keysMax
  }

  #gather(key: RawKey, sum: unknown): void {
    this.#sections.gather(key, sum, this.#reducer)
    this.isFull = this.#sections.bytes > this.#bytesMax * gatheredShare
  }

  #forget(): void {
    this.#indexes = new Map()
    this.#keys = []
    this.#sums = []
    this.#allKeyBytes = 0
  }

  #put(key: RawKey, known: number | undefined, sum: unknown): void {
    const index = known ?? this.#insert(key)
    this.#sums[index] = sum
    this.#order.push(index)
    this.#keyBytes += bytesOf(key)
    this.isFull = this.#isTableFull
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
  readonly isFull = false
  readonly #reducer: Reducer<any, any, any>
  readonly #sections = new Sections()
  #sum: unknown
  #isEmpty = true

  constructor(reducer: Reducer<any, any, any>) {
    this.#reducer = reducer
    this.#sum = reducer.create()
  }

  begin(): void {}

  add(_key: RawKey | undefined, item: unknown, meta: Meta): void {
    this.#sum = this.#reducer.add(this.#sum, item, meta)
    this.#isEmpty = false
  }

  addTimes(_key: RawKey | undefined, item: unknown, times: number): void {
    this.#sum = this.#reducer.addTimes!(this.#sum, item, times)
    this.#isEmpty = false
  }

  measure(): void {}

  drain(): Sections {
    if (!this.#isEmpty) this.#sections.append(soleKey, this.#sum)
    return this.#sections
  }

  clear(): void {
    this.#sum = this.#reducer.create()
    this.#isEmpty = true
    this.#sections.clear()
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

// Sums by key of sections of several runs, in the order in which keys first come. Keys are compared as the bytes that run files hold: no text and no
// object is made for one, so memory is that of its bytes and 17 more, and the sum.
import { randomBytes } from 'node:crypto'
import type { MergeGroup } from '../map-reducer.ts'
import type { Reducer } from '../model/reducer.ts'
import { finished, hashBasis, hashPrime } from './key-hash.ts'
import type { Entries } from './run-file.ts'
import { lineBreak } from './sections.ts'

const firstKeys = 1_024
const firstBytes = 16_384
/** Other in each thread, so that keys that were made to lead to the same place do not. The order of results does not depend on it. */
const drawnBasis = randomBytes(4).readUInt32LE()

export class MergeTable {
  readonly sums: unknown[] = []
  readonly #reducer: Reducer<any, any, any>
  readonly #basis: number
  /** The keys one after the other; each begins where `starts` says, and ends where the next begins. */
  #keys = Buffer.allocUnsafe(firstBytes)
  #starts = new Uint32Array(firstKeys)
  #hashes = new Uint32Array(firstKeys)
  /** By hash, open addressing: number of the key and 1; 0 is none. Holds the keys of one section, a power of two at most half full. */
  #slots = new Uint32Array(2 * firstKeys)
  /** Number of the section's first key. */
  #first = 0

  /** `basis` is what hashes begin with. */
  constructor(reducer: Reducer<any, any, any>, basis = drawnBasis) {
    this.#reducer = reducer
    this.#basis = basis
  }

  get size(): number {
    return this.sums.length
  }

  /** JSON as UTF-8, with where it is. */
  get keys(): Buffer {
    return this.#keys
  }

  startOf(index: number): number {
    return this.#starts[index]!
  }

  endOf(index: number): number {
    return this.#starts[index + 1]!
  }

  textOf(index: number): string {
    return this.#keys.toString('utf8', this.startOf(index), this.endOf(index))
  }

  /** None of the keys that come now was there before. */
  beginSection(): void {
    this.#first = this.size
    this.#slots.fill(0)
  }

  /** Adds the entries that belong to the pass. */
  merge({ bytes, keysAt, sums }: Entries, group: MergeGroup): void {
    let at = keysAt
    for (const line of sums) at = this.#mergeLine(bytes, at, line, group)
  }

  /** Where the next key begins. */
  #mergeLine(bytes: Buffer, keysAt: number, sums: readonly unknown[], { pass, passes }: MergeGroup): number {
    let start = keysAt
    for (let index = 0; index < sums.length; index++) {
      let hash = this.#basis
      let end = start
      for (let byte = bytes[end]!; byte !== lineBreak; byte = bytes[++end]!) hash = Math.imul(hash ^ byte, hashPrime)
      if (passes === 1 || passOf(bytes, start, end, passes) === pass) this.#add(bytes, start, end, finished(hash), sums[index])
      start = end + 1
    }
    return start
  }

  #add(bytes: Buffer, start: number, end: number, hash: number, sum: unknown): void {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (let number = this.#slots[slot]!; number !== 0; number = this.#slots[slot]!) {
      if (this.#hashes[number - 1] === hash && this.#holds(number - 1, bytes, start, end)) {
        this.sums[number - 1] = this.#reducer.merge(this.sums[number - 1], sum)
        return
      }
      slot = (slot + 1) & mask
    }
    this.#slots[slot] = this.sums.push(sum)
    this.#keep(bytes, start, end, hash)
  }

  #holds(index: number, bytes: Buffer, start: number, end: number): boolean {
    const from = this.#starts[index]!
    if (this.#starts[index + 1]! - from !== end - start) return false
    const keys = this.#keys
    for (let at = start, other = from; at < end; at++, other++) if (keys[other] !== bytes[at]) return false
    return true
  }

  /** The key of the last sum. */
  #keep(bytes: Buffer, start: number, end: number, hash: number): void {
    const index = this.size - 1
    if (this.size === this.#hashes.length) this.#growKeys()
    const from = this.#starts[index]!
    const to = from + end - start
    if (to > this.#keys.length) this.#growBytes(to)
    const keys = this.#keys
    for (let at = start, other = from; at < end; at++, other++) keys[other] = bytes[at]!
    this.#starts[index + 1] = to
    this.#hashes[index] = hash
    if ((this.size - this.#first) * 2 > this.#slots.length) this.#growSlots()
  }

  #growKeys(): void {
    const [starts, hashes] = [this.#starts, this.#hashes]
    this.#starts = new Uint32Array(starts.length * 2)
    this.#starts.set(starts)
    this.#hashes = new Uint32Array(hashes.length * 2)
    this.#hashes.set(hashes)
  }

  #growBytes(atLeast: number): void {
    const keys = this.#keys
    this.#keys = Buffer.allocUnsafe(2 * atLeast)
    this.#keys.set(keys)
  }

  #growSlots(): void {
    const slots = new Uint32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let index = this.#first; index < this.size; index++) {
      let slot = this.#hashes[index]! & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = index + 1
    }
    this.#slots = slots
  }
}

/** Which of several passes over its section takes a key: the same in every process. */
function passOf(bytes: Buffer, start: number, end: number, passes: number): number {
  let hash = hashBasis
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, hashPrime)
  return finished(hash) % passes
}

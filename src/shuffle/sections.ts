// The entries of one run, gathered by section in the order in which they come: what a run file is written from. A key may have more than one. Keys are
// bytes at once, which take a fifth of the memory of texts in a Map.
import type { Reducer } from '../model/reducer.ts'
import { sectionCount, sectionOf, type RawKey } from './key-hash.ts'
import { KeyText } from './key-text.ts'
import { sizeOf } from './size-estimate.ts'

const firstBytes = 512
/** Ends a key. */
export const lineBreak = 10
/** The place of a sum. */
const placeBytes = 8
/** One of so many sums is looked at for its size. */
const sampledEvery = 16
/** Keys that are known again when they are gathered. */
const recentMax = 4_096

export class SectionEntries {
  /** Line by line, in the first `length` bytes. */
  keys = new Uint8Array(firstBytes)
  length = 0
  sums: unknown[] = []

  /** Makes room for so many bytes. */
  reserve(bytes: number): Uint8Array {
    if (this.length + bytes <= this.keys.length) return this.keys
    const larger = new Uint8Array(2 * (this.length + bytes))
    larger.set(this.keys.subarray(0, this.length))
    return (this.keys = larger)
  }
}

export class Sections {
  /** By number. */
  readonly all: readonly SectionEntries[] = Array.from({ length: sectionCount }, () => new SectionEntries())
  /** Of keys and sums, roughly. */
  bytes = 0
  count = 0
  readonly #key = new KeyText()
  readonly #recent = new RecentKeys()

  append(key: RawKey, sum: unknown): void {
    this.#key.set(key)
    this.#put(this.#key, sum)
  }

  /** Merges the sum into that of the same key where one was gathered of late: a key that comes very often has few entries. */
  gather(key: RawKey, sum: unknown, reducer: Reducer<any, any, any>): void {
    const text = this.#key
    text.set(key)
    const section = this.all[sectionOf(text.hash)]!
    const index = this.#recent.find(text, section.keys)
    if (index === undefined) {
      this.#recent.note(text, section.length, section.sums.length)
      this.#put(text, sum)
    } else section.sums[index] = reducer.merge(section.sums[index], sum)
  }

  clear(): void {
    for (const section of this.all) {
      section.length = 0
      section.sums = []
    }
    this.bytes = 0
    this.count = 0
    this.#recent.clear()
  }

  #put({ bytes, length, hash }: KeyText, sum: unknown): void {
    const section = this.all[sectionOf(hash)]!
    const keys = section.reserve(length + 1)
    const start = section.length
    for (let index = 0; index < length; index++) keys[start + index] = bytes[index]!
    keys[start + length] = lineBreak
    section.length = start + length + 1
    section.sums.push(sum)
    this.bytes += length + 1 + placeBytes
    if (this.count++ % sampledEvery === 0) this.bytes += sampledEvery * sizeOf(sum)
  }
}

/** Where the last key of each of some thousand hashes is. */
class RecentKeys {
  readonly #hashes = new Uint32Array(recentMax)
  readonly #starts = new Uint32Array(recentMax)
  readonly #lengths = new Uint32Array(recentMax)
  readonly #indexes = new Uint32Array(recentMax)

  /** Its place among the entries of its section. */
  find({ bytes, length, hash }: KeyText, keys: Uint8Array): number | undefined {
    const slot = hash % recentMax
    if (this.#hashes[slot] !== hash || this.#lengths[slot] !== length) return undefined
    const start = this.#starts[slot]!
    for (let index = 0; index < length; index++) if (keys[start + index] !== bytes[index]) return undefined
    return this.#indexes[slot]
  }

  note({ length, hash }: KeyText, start: number, index: number): void {
    const slot = hash % recentMax
    this.#hashes[slot] = hash
    this.#starts[slot] = start
    this.#lengths[slot] = length
    this.#indexes[slot] = index
  }

  clear(): void {
    this.#lengths.fill(0) // no key is without a byte
  }
}

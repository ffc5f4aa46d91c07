// Counts equal byte strings without decoding them: a hash table with open addressing in typed arrays. The one thing to know: it is bounded.
// When it refuses a key, what was counted is taken out with `drain`, and counting begins anew.
//
// A slot is four numbers side by side, for the processor's cache:
//   [low, high]  the key itself behind a 1 where it has at most seven bytes, else two hashes of it
//   place        where its bytes are in the arena, + 1; negative where they have to be compared; 0 where the slot is free
//   times        how often it was there
// The arena holds the keys in the order of their first appearance, a line break after each: no key contains one.
import { lineFeed } from './records.ts'

/** Past this many different keys, or bytes of keys, the table is full. */
const keysMax = 2 ** 17
const arenaBytes = 4 * 1024 * 1024
const slotCount = 2 * keysMax
/** Keys of more bytes do not fit into a slot. */
export const shortKeyBytes = 7
/** Decoded in one call. A larger text would not live in V8's young generation. */
const runBytes = 64 * 1024

export interface CountedTexts {
  readonly texts: readonly string[]
  readonly times: Int32Array
  /** The line, as given to `add`, of each first appearance. */
  readonly lines: Float64Array
}

export class ByteTable {
  readonly #slots = new Int32Array(4 * slotCount)
  /** By key, in order. */
  readonly #slotOf = new Int32Array(keysMax)
  readonly #lines = new Float64Array(keysMax)
  #arena = Buffer.allocUnsafe(arenaBytes)
  #arenaEnd = 0
  #keys = 0

  /** Counts bytes [start, end), which hold no line break. False, and not counted, where the table is full. */
  add(bytes: Uint8Array, start: number, end: number, line: number): boolean {
    if (end - start > shortKeyBytes) return this.addLong(bytes, start, end, line)
    let [low, high] = [1, 0]
    for (let index = start; index < end; index++) {
      high = (high << 8) | (low >>> 24)
      low = (low << 8) | bytes[index]!
    }
    return this.addShort(bytes, start, end, low, high, line)
  }

  /** The same for at most seven bytes, of which a 1 and then they make up the 64 bits of `high` and `low`. */
  addShort(bytes: Uint8Array, start: number, end: number, low: number, high: number, line: number): boolean {
    const slots = this.#slots
    for (let slot = slotFor(low, high); ; slot = after(slot)) {
      const place = slots[slot + 2]!
      if (place > 0 && slots[slot] === low && slots[slot + 1] === high) {
        slots[slot + 3]!++
        return true
      }
      if (place === 0) return this.#insert(slot, bytes, start, end, low, high, line)
    }
  }

  /** The same for more than seven bytes. */
  addLong(bytes: Uint8Array, start: number, end: number, line: number): boolean {
    const slots = this.#slots
    let [low, high] = [0x811c9dc5 | 0, end - start]
    for (let index = start; index < end; index++) {
      low = Math.imul(low ^ bytes[index]!, 0x01000193)
      high = (high << 5) - high + bytes[index]! | 0
    }
    for (let slot = slotFor(low, high); ; slot = after(slot)) {
      const place = slots[slot + 2]!
      if (place < 0 && slots[slot] === low && slots[slot + 1] === high && this.#isAt(-place - 1, bytes, start, end)) {
        slots[slot + 3]!++
        return true
      }
      if (place === 0) return this.#insert(slot, bytes, start, end, low, high, line)
    }
  }

  /** All keys, in runs that are decoded together; afterwards the table is empty. */
  *drain(): Generator<CountedTexts> {
    let key = 0
    for (let start = 0; start < this.#arenaEnd;) {
      const end = this.#runEnd(start)
      const texts = this.#arena.toString('utf8', start, end - 1).split('\n')
      const to = key + texts.length
      yield { texts, times: this.#slotOf.slice(key, to).map(slot => this.#slots[slot + 3]!), lines: this.#lines.slice(key, to) }
      start = end
      key = to
    }
    this.#slots.fill(0)
    this.#keys = this.#arenaEnd = 0
  }

  #insert(slot: number, bytes: Uint8Array, start: number, end: number, low: number, high: number, line: number): boolean {
    const place = this.#arenaEnd
    const arenaEnd = place + end - start + 1
    if (this.#keys === keysMax || (arenaEnd > arenaBytes && place > 0)) return false
    // Only a first key can be longer than the arena: nothing is lost.
    if (arenaEnd > this.#arena.length) this.#arena = Buffer.allocUnsafe(arenaEnd)
    for (let index = start, at = place; index < end; index++, at++) this.#arena[at] = bytes[index]!
    this.#arena[arenaEnd - 1] = lineFeed
    this.#arenaEnd = arenaEnd
    this.#slots[slot] = low
    this.#slots[slot + 1] = high
    this.#slots[slot + 2] = end - start > shortKeyBytes ? -place - 1 : place + 1
    this.#slots[slot + 3] = 1
    this.#slotOf[this.#keys] = slot
    this.#lines[this.#keys++] = line
    return true
  }

  #isAt(place: number, bytes: Uint8Array, start: number, end: number): boolean {
    const arena = this.#arena
    let at = place
    for (let index = start; index < end; index++, at++) if (arena[at] !== bytes[index]) return false
    return arena[at] === lineFeed
  }

  #runEnd(start: number): number {
    const window = Math.min(start + runBytes, this.#arenaEnd)
    const end = this.#arena.subarray(start, window).lastIndexOf(lineFeed) + 1
    return end > 0 ? start + end : this.#arena.indexOf(lineFeed, window) + 1
  }
}

function slotFor(low: number, high: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0xc2b2ae35)
  return ((mixed ^ (mixed >>> 15)) & (slotCount - 1)) << 2
}

function after(slot: number): number {
  return (slot + 4) & (4 * slotCount - 1)
}

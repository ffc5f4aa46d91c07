// A set of names as 128 bits of their SHA-256 each: a million take 32 MB at most, however long they are. Two names that agree in those bits are not
// to be met with.
import { hash } from 'node:crypto'

const wordsEach = 4
const slotsFirst = 1024

export class KnownNames {
  #words = new Uint32Array(slotsFirst * wordsEach)
  #used = new Uint8Array(slotsFirst)
  #count = 0

  get size(): number {
    return this.#count
  }

  has(name: string): boolean {
    return this.#used[this.#slotOf(keyOf(name))] === 1
  }

  add(name: string): void {
    if ((this.#count + 1) * 4 > this.#used.length * 3) this.#grow()
    this.#put(keyOf(name))
  }

  /** Removes a name. Those after it in its row are put in again, or they would not be found. */
  delete(name: string): void {
    let slot = this.#slotOf(keyOf(name))
    if (this.#used[slot] === 0) return
    this.#used[slot] = 0
    this.#count--
    for (slot = this.#next(slot); this.#used[slot] === 1; slot = this.#next(slot)) {
      const key = this.#words.slice(slot * wordsEach, (slot + 1) * wordsEach)
      this.#used[slot] = 0
      this.#count--
      this.#put(key)
    }
  }

  #put(key: Uint32Array): void {
    const slot = this.#slotOf(key)
    if (this.#used[slot] === 1) return
    this.#used[slot] = 1
    this.#words.set(key, slot * wordsEach)
    this.#count++
  }

  /** Where the key is, or would be put. */
  #slotOf(key: Uint32Array): number {
    let slot = key[0]! % this.#used.length
    while (this.#used[slot] === 1 && !this.#isAt(slot, key)) slot = this.#next(slot)
    return slot
  }

  #isAt(slot: number, key: Uint32Array): boolean {
    for (let word = 0; word < wordsEach; word++) if (this.#words[slot * wordsEach + word] !== key[word]) return false
    return true
  }

  #next(slot: number): number {
    return (slot + 1) % this.#used.length
  }

  #grow(): void {
    const words = this.#words
    const used = this.#used
    this.#words = new Uint32Array(words.length * 2)
    this.#used = new Uint8Array(used.length * 2)
    this.#count = 0
    for (let slot = 0; slot < used.length; slot++) if (used[slot] === 1) this.#put(words.subarray(slot * wordsEach, (slot + 1) * wordsEach))
  }
}

function keyOf(name: string): Uint32Array {
  const bytes = hash('sha256', name, 'buffer')
  return Uint32Array.of(bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8), bytes.readUInt32LE(12))
}

// The sum of the checksums of all progress and state. A record's own checksum tells of a change in it, but not that the record can no
// longer be found (a flipped bit in a key): then this sum, kept up to date by every commit, no longer fits.
import type { Meta } from './meta.ts'

const modulus = 2 ** 48

export class Digest {
  readonly #meta: Meta
  #change = 0

  constructor(meta: Meta) {
    this.#meta = meta
  }

  /** What the transaction changed so far, to go back to when a part of it is undone. */
  get change(): number {
    return this.#change
  }

  set change(change: number) {
    this.#change = change
  }

  /** `before` and `after` are checksums; 0 for a record that was, or is, not there. */
  replace(before: number, after: number): void {
    this.#change = sumOf(this.#change, after - before)
  }

  write(): void {
    if (this.#change !== 0) this.#meta.set('digest', sumOf(this.#meta.get('digest'), this.#change))
    this.#change = 0
  }

  fits(checksums: Iterable<number>): boolean {
    let sum = 0
    for (const checksum of checksums) sum = sumOf(sum, checksum)
    return sum === this.#meta.get('digest')
  }
}

function sumOf(a: number, b: number): number {
  return (((a + b) % modulus) + modulus) % modulus
}

// A digest of counts that does not depend on their order: entries, their sum, and two sums of 32-bit hashes of 'key,count'. Ten million keys take no memory.

export interface Digest {
  readonly entries: number
  readonly total: number
  readonly hashes: string
}

export class CountsDigest implements Digest {
  entries = 0
  total = 0
  #first = 0
  #second = 0

  add(key: string, count: number): void {
    const text = `${key},${count}`
    this.entries++
    this.total += count
    this.#first = (this.#first + hashOf(text, 0x811c9dc5)) >>> 0
    this.#second = (this.#second + hashOf(text, 0x9e3779b9)) >>> 0
  }

  get hashes(): string {
    return `${this.#first.toString(16)}-${this.#second.toString(16)}`
  }
}

/** Throws where counts differ. */
export function assertSameCounts(by: string, got: Digest, expected: Digest): void {
  if (got.entries === expected.entries && got.total === expected.total && got.hashes === expected.hashes) return
  const told = ({ entries, total, hashes }: Digest) => `${entries} keys, ${total} in all, hashes ${hashes}`
  throw new Error(`${by} counted wrongly: ${told(got)}; expected ${told(expected)} from the generator. Its figures are void.`)
}

/** FNV-1a over the UTF-16 units, with a final mix: sums of plain FNV hashes of similar texts lie too close together. */
function hashOf(text: string, seed: number): number {
  let hash = seed
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return (hash ^ (hash >>> 12)) >>> 0
}

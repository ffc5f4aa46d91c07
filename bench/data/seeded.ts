// Numbers that look random and are the same every time: the data of a benchmark is the same bytes on every machine.

/** 32 random bits a call (xorshift32). `seed` is any whole number but 0. */
export function seededBits(seed: number): () => number {
  let state = seed | 0
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

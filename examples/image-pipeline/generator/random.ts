// Random numbers that repeat from a seed (xorshift with a splitmix start), so that a photograph can be drawn again from its number.

export class Random {
  #state: number

  constructor(seed: number, stream = 0) {
    this.#state = scramble(scramble(seed + 1) ^ (stream * 0x9e3779b9)) || 1
  }

  /** From 0 up to, not including, 1. */
  fraction(): number {
    let bits = this.#state
    bits ^= bits << 13
    bits ^= bits >>> 17
    bits ^= bits << 5
    this.#state = bits
    return (bits >>> 0) / 2 ** 32
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.fraction()
  }

  /** Both ends are possible. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.integer(0, choices.length - 1)]
    if (choice === undefined) throw new Error('There is nothing to pick from.')
    return choice
  }

  letters(alphabet: string, count: number): string {
    return Array.from({ length: count }, () => this.pick([...alphabet])).join('')
  }
}

function scramble(value: number): number {
  let bits = (value + 0x9e3779b9) | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}

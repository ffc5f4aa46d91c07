// Whether what came out is what went in: each half of each number once, and the sums. Counts by number, so that a million of them fit.
const kindsMax = 5

export class Halves {
  readonly #counts: readonly [Uint8Array, Uint8Array]
  seen = 0

  constructor(count: number) {
    this.#counts = [new Uint8Array(count), new Uint8Array(count)]
  }

  /** How often it has been added by now. */
  add({ number, side }: { readonly number: number; readonly side: 0 | 1 }): number {
    const counts = this.#counts[side]
    if (counts[number] === undefined) throw new Error(`number ${number} came out, and never went in`)
    this.seen++
    return counts[number] < 255 ? ++counts[number] : 255
  }

  has(number: number, side: 0 | 1): boolean {
    return this.#counts[side][number]! > 0
  }

  /** What is wrong, for people. None: each half is there once. */
  get complaints(): readonly string[] {
    return ([['lost', (times: number) => times === 0], ['doubled', (times: number) => times > 1]] as const).flatMap(([what, isWrong]) => {
      const wrong = this.#counts.flatMap((counts, side) => Array.from(counts.keys()).filter(number => isWrong(counts[number]!)).map(number => `${number}${side === 0 ? 'a' : 'b'}`))
      return wrong.length === 0 ? [] : [`${wrong.length} halves are ${what}: ${wrong.slice(0, kindsMax).join(', ')}${wrong.length > kindsMax ? ', ...' : ''}`]
    })
  }
}

/** What is wrong with the sums of the numbers below `count`, by their rest of the division by 7. */
export function complaintsOfSums(sums: readonly { readonly key: number; readonly value: number }[], count: number): readonly string[] {
  const expected = Array.from({ length: 7 }, (_, key) => ({ key, value: sumOf(key, count) }))
  const found = sums.toSorted((a, b) => a.key - b.key)
  return JSON.stringify(found) === JSON.stringify(expected) ? [] : [`the sums are ${JSON.stringify(found)}, and should be ${JSON.stringify(expected)}`]
}

function sumOf(rest: number, count: number): number {
  const terms = Math.ceil((count - rest) / 7)
  return terms * rest + 7 * terms * (terms - 1) / 2
}

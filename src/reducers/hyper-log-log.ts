// HyperLogLog (Flajolet and others, 2007): 2 ** 14 registers, each the longest run of leading zeros, plus one, among the hashes that fall to
// it. Merging takes the greater of each pair, so it is exact in any order. The estimate is Ertl's improved one ("New cardinality estimation
// algorithms for HyperLogLog sketches", 2017, algorithm 6): without bias over the whole range, and without tables.

/** One byte a register. */
export type Sketch = Uint8Array

/** Hashes are whole numbers of this many bits: a number keeps them, and hex digits make them up. */
export const hashBits = 52

const registers = 2 ** 14
const runBits = hashBits - 14
const runRange = 2 ** runBits

export function emptySketch(): Sketch {
  return new Uint8Array(registers)
}

export function addHash(sketch: Sketch, hashed: number): Sketch {
  const register = Math.floor(hashed / runRange)
  const run = runOf(hashed % runRange)
  if (run > sketch[register]!) sketch[register] = run
  return sketch
}

/** Changes and returns `a`. */
export function mergeSketches(a: Sketch, b: Sketch): Sketch {
  for (let register = 0; register < registers; register++) if (b[register]! > a[register]!) a[register] = b[register]!
  return a
}

export function estimate(sketch: Sketch): number {
  const having = Array.from({ length: runBits + 2 }, () => 0)
  for (const run of sketch) having[run]!++
  let z = registers * tau(1 - having[runBits + 1]! / registers)
  for (let run = runBits; run >= 1; run--) z = 0.5 * (z + having[run]!)
  z += registers * sigma(having[0]! / registers)
  return registers / (2 * Math.LN2) * (registers / z)
}

/** Leading zeros of `runBits` bits, plus one. */
function runOf(rest: number): number {
  const high = Math.floor(rest / 2 ** 32)
  const bitsOfHigh = runBits - 32
  return 1 + (high > 0 ? Math.clz32(high) - (32 - bitsOfHigh) : bitsOfHigh + Math.clz32(rest >>> 0))
}

/** What empty registers add: x + the sum of x ** (2 ** k) * 2 ** (k - 1). */
function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY
  let [power, weight, total, before] = [x, 1, x, -1]
  while (total !== before) {
    power *= power
    before = total
    total += power * weight
    weight += weight
  }
  return total
}

/** What full registers add: a third of 1 - x - the sum of (1 - x ** (2 ** -k)) ** 2 * 2 ** -k. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0
  let [root, weight, total, before] = [x, 1, 1 - x, -1]
  while (total !== before) {
    root = Math.sqrt(root)
    before = total
    weight *= 0.5
    total -= (1 - root) ** 2 * weight
  }
  return total / 3
}

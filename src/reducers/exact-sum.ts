// Sums of floating-point numbers without rounding, so that they are the same in any order. A sum is kept as the number nearest to it, then
// the number nearest to what is left, and so on until nothing is left: one form for each exact value. Nearly always that is one number or
// two. Method: Shewchuk, "Adaptive Precision Floating-Point Arithmetic" (1997), grow-expansion; rounding of ties as in Python's math.fsum.
import { addSpecial, isSpecial, nearest, partsOf, unitsOf } from './exact-units.ts'

/** One number; or several, the largest first; or, where numbers end, text: NaN, an infinity, or a total too large for a number. */
export type ExactSum = number | readonly number[] | string

/** Above this, adding could overflow on the way though the sum does not: whole-number arithmetic takes over. */
const overflowFrom = 2 ** 1000

export function addExactly(sum: ExactSum, value: number): ExactSum {
  if (typeof sum === 'number') {
    const total = sum + value
    const share = total - sum
    const lost = (sum - (total - share)) + (value - share)
    if (lost === 0) return total
  }
  return addInParts(sum, value)
}

/** By doubling, for doubled numbers are exact, up to where they would become infinite. */
export function addTimesExactly(sum: ExactSum, value: number, times: number): ExactSum {
  let total = sum
  let doubled = value
  let left = times
  for (; left > 0 && Math.abs(doubled) < overflowFrom; left = Math.floor(left / 2)) {
    if (left % 2 === 1) total = addExactly(total, doubled)
    doubled *= 2
  }
  for (; left > 0; left--) total = addExactly(total, doubled)
  return total
}

export function mergeExactly(a: ExactSum, b: ExactSum): ExactSum {
  if (typeof b === 'number') return addExactly(a, b)
  return typeof b === 'string' ? addAsUnits(a, b) : b.reduce<ExactSum>(addExactly, a)
}

/** The number nearest to the exact sum; ties go to the even one. Infinity when the sum is beyond the largest number. */
export function roundExactly(sum: ExactSum): number {
  if (typeof sum === 'number') return sum
  if (typeof sum !== 'string') return sum[0]!
  return isSpecial(sum) ? Number(sum) : nearest(BigInt(sum))
}

/** The number nearest to the exact sum divided by `count`. */
export function divideExactly(sum: ExactSum, count: number): number {
  if (typeof sum === 'number') return sum / count
  return isSpecial(sum) ? Number(sum) : nearest(unitsIn(sum), BigInt(count))
}

export function isFiniteSum(sum: ExactSum): boolean {
  return !isSpecial(sum)
}

function addInParts(sum: ExactSum, value: number): ExactSum {
  if (typeof sum === 'string' || !(Math.abs(value) < overflowFrom)) return addAsUnits(sum, value)
  const parts = typeof sum === 'number' ? [sum] : sum
  return Math.abs(parts[0]!) < overflowFrom ? settle(grow(parts, value)) : addAsUnits(sum, value)
}

/** The same total in parts that do not overlap, the smallest first. */
function grow(parts: readonly number[], value: number): readonly number[] {
  const grown: number[] = []
  let carried = value
  for (let index = parts.length - 1; index >= 0; index--) {
    const part = parts[index]!
    const total = carried + part
    const share = total - carried
    const lost = (carried - (total - share)) + (part - share)
    if (lost !== 0) grown.push(lost)
    carried = total
  }
  grown.push(carried)
  return grown
}

/** The one form of parts that do not overlap. */
function settle(grown: readonly number[]): ExactSum {
  const parts: number[] = []
  let rest = grown[grown.length - 1]!
  for (let index = grown.length - 2; index >= 0; index--) {
    const next = grown[index]!
    const total = rest + next
    const lost = next - (total - rest)
    const nearer = lost === 0 || index === 0 ? total : pastTie(total, lost, grown[index - 1]!)
    if (lost !== 0) parts.push(nearer)
    rest = lost === 0 ? total : nearer === total ? lost : -lost
  }
  if (rest !== 0) parts.push(rest)
  return parts.length > 1 ? parts : parts[0] ?? 0
}

/** `total` was rounded from a tie if `lost` is half a step; what follows then decides which neighbour is nearer. */
function pastTie(total: number, lost: number, following: number): number {
  const neighbour = total + 2 * lost
  return lost > 0 === following > 0 && neighbour - total === 2 * lost ? neighbour : total
}

function addAsUnits(sum: ExactSum, value: ExactSum): ExactSum {
  if (isSpecial(sum) || isSpecial(value)) return addSpecial(sum, value)
  return partsOf(unitsIn(sum) + unitsIn(value))
}

/** In units of exact-units.ts. The sum is finite. */
export function unitsIn(sum: ExactSum): bigint {
  if (typeof sum === 'number') return unitsOf(sum)
  return typeof sum === 'string' ? BigInt(sum) : sum.reduce((total, part) => total + unitsOf(part), 0n)
}

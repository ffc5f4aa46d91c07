// Numbers as whole multiples of the smallest one, 2 ** -1074: slow, and without any limit. Exact sums use it where numbers overflow, and to divide.

const fraction = (1n << 52n) - 1n
const bits = new BigUint64Array(1)
const number = new Float64Array(bits.buffer)

/** A finite number in units of 2 ** -1074. */
export function unitsOf(value: number): bigint {
  number[0] = Math.abs(value)
  const exponent = bits[0]! >> 52n
  const units = exponent === 0n ? bits[0]! : ((bits[0]! & fraction) | (1n << 52n)) << (exponent - 1n)
  return value < 0 ? -units : units
}

/** The number nearest to units / divisor, ties to the even one. `divisor` is above 0. */
export function nearest(units: bigint, divisor = 1n): number {
  const size = units < 0n ? -units : units
  const dropped = BigInt(Math.max(0, (size / divisor).toString(2).length - 53))
  const rounded = Number(divideToEven(size, divisor << dropped)) * 2 ** (Number(dropped) - 1074)
  return units < 0n ? -rounded : rounded
}

/** The form of exact-sum.ts, or decimal text if the nearest number would be infinite. */
export function partsOf(units: bigint): number | readonly number[] | string {
  const parts: number[] = []
  for (let left = units; left !== 0n; left -= unitsOf(parts.at(-1)!)) {
    parts.push(nearest(left))
    if (!Number.isFinite(parts[0])) return String(units)
  }
  return parts.length > 1 ? parts : parts[0] ?? 0
}

function divideToEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  const twiceLeft = 2n * (dividend % divisor)
  const up = twiceLeft > divisor || (twiceLeft === divisor && (quotient & 1n) === 1n)
  return up ? quotient + 1n : quotient
}

/** What has no units. Stored as text: JSON has no word for it. */
export type Special = 'NaN' | 'Infinity' | '-Infinity'

export function isSpecial(value: unknown): boolean {
  return typeof value === 'number' ? !Number.isFinite(value) : value === 'NaN' || value === 'Infinity' || value === '-Infinity'
}

/** At least one is special: it swallows what is finite. */
export function addSpecial(a: unknown, b: unknown): Special {
  const special = (value: unknown) => isSpecial(value) ? Number(value) : 0
  return String(special(a) + special(b)) as Special
}

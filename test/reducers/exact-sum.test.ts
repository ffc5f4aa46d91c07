// Exact sums against rational arithmetic, over all numbers there are: subnormal, huge, cancelling, special.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { mean } from '../../src/reducers/mean.ts'
import { sum } from '../../src/reducers/sum.ts'
import { entriesOf, inParts, inSequence, resultOf, schedules, stored } from './partition.ts'

const total = sum((value: number) => value)
const average = mean((value: number) => value)
const numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.integer({ min: -100_000, max: 100_000 }).map(cents => cents / 100),
  fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -1074, max: 1023 })).map(([sign, exponent]) => sign / 2 * 2 ** exponent).filter(Number.isFinite),
  fc.constantFrom(0.1, -0, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53, 2 ** 53 + 2, 2 ** 1000, -(2 ** 1000), 2 ** 970, 2 ** 969),
)

/** Read from the decimal digits that the language gives for a power of two, not from its bits. */
function inUnits(value: number): bigint {
  let [mantissa, exponent] = [value, 0]
  while (!Number.isInteger(mantissa)) [mantissa, exponent] = [mantissa * 2, exponent + 1]
  return BigInt(mantissa) << BigInt(1074 - exponent)
}

/** Whether no other number is nearer to units / divisor, and a tie went to the even one. */
function assertNearest(result: number, units: bigint, divisor = 1n): void {
  const distance = (value: number) => {
    const difference = (Number.isFinite(value) ? inUnits(value) : value > 0 ? 1n << 2098n : -(1n << 2098n)) * divisor - units
    return difference < 0n ? -difference : difference
  }
  for (const other of neighbours(result)) {
    const [own, others] = [distance(result), distance(other)]
    assert.ok(own < others || (own === others && isEven(result)), `${result} is not nearest to ${units} / ${divisor}: ${other} is`)
  }
}

function neighbours(value: number): readonly number[] {
  if (value === Infinity) return [Number.MAX_VALUE]
  if (value === -Infinity) return [-Number.MAX_VALUE]
  const step = value === 0 ? Number.MIN_VALUE : Math.max(Number.MIN_VALUE, 2 ** (Math.floor(Math.log2(Math.abs(value))) - 54))
  const toward = (by: number) => {
    let far = by
    while (value + far === value) far *= 2
    return value + far
  }
  return [toward(step), toward(-step)]
}

function isEven(value: number): boolean {
  if (!Number.isFinite(value)) return true
  const units = inUnits(Math.abs(value))
  return (units >> BigInt(Math.max(0, units.toString(2).length - 53)) & 1n) === 0n
}

suite('an exact sum', () => {
  test('is the number nearest to the exact total, for any numbers', () => {
    fc.assert(fc.property(fc.array(numbers, { maxLength: 40, size: 'large' }), values => {
      assertNearest(resultOf(total, values), values.reduce((units, value) => units + inUnits(value), 0n))
    }), { numRuns: 2_000 })
  })

  test('is stored in the same form in any order, split and tree', () => {
    fc.assert(fc.property(fc.array(numbers, { maxLength: 40, size: 'large' }), schedules, (values, schedule) => {
      assert.deepEqual(inParts(total, entriesOf(values), schedule), inSequence(total, entriesOf(values)))
    }), { numRuns: 3_000 })
  })

  test('is stored as plain JSON, special numbers and overflow included', () => {
    const any = fc.oneof(numbers, fc.constantFrom(NaN, Infinity, -Infinity))
    fc.assert(fc.property(fc.array(any), schedules, (values, schedule) => {
      const sums = inParts(total, entriesOf(values), schedule)
      assert.deepEqual(JSON.parse(JSON.stringify(sums)), sums)
      assert.deepEqual(sums, inSequence(total, entriesOf(values)))
    }))
  })

  test('takes and leaves items without a trace: adding and then subtracting gives 0', () => {
    fc.assert(fc.property(fc.array(numbers), values => {
      assert.equal(resultOf(total, [...values, ...values.map(value => -value).toReversed()]), 0)
    }))
  })

  test('rounds ties by what comes far behind them', () => {
    assert.equal(resultOf(total, [1, 2 ** -53]), 1)
    assert.equal(resultOf(total, [1, 2 ** -53, 2 ** -200]), 1 + 2 ** -52)
    assert.equal(resultOf(total, [1, 2 ** -53, -(2 ** -200)]), 1)
    assert.equal(resultOf(total, [1 + 2 ** -52, 2 ** -53]), 1 + 2 ** -51)
    assert.equal(resultOf(total, [1 + 2 ** -52, 2 ** -53, -(2 ** -200)]), 1 + 2 ** -52)
    assert.equal(resultOf(total, [2, -(2 ** -53), -(2 ** -200)]), 2 - 2 ** -52)
  })

  test('may pass beyond the largest number on the way', () => {
    const most = Number.MAX_VALUE
    assert.equal(resultOf(total, [most, most, -most]), most)
    assert.equal(resultOf(total, [most, most, 1, -most, -most]), 1)
    assert.equal(resultOf(total, [most, most]), Infinity)
    assert.equal(resultOf(total, [-most, -most]), -Infinity)
    assert.equal(resultOf(total, [most, 2 ** 969]), most)
    assert.equal(resultOf(total, [most, 2 ** 970]), Infinity)
  })

  test('of special numbers follows arithmetic', () => {
    assert.equal(resultOf(total, [1, Infinity, 2]), Infinity)
    assert.equal(resultOf(total, [1, -Infinity, Number.MAX_VALUE, Number.MAX_VALUE]), -Infinity)
    assert.equal(resultOf(total, [Infinity, -Infinity]), NaN)
    assert.equal(resultOf(total, [0.1, 0.2, NaN, Infinity]), NaN)
  })

  test('is 0 for nothing and for -0', () => {
    assert.equal(resultOf(total, []), 0)
    assert.equal(resultOf(total, [-0, -0]), 0)
  })

  test('keeps the promises of its docstring', () => {
    assert.equal(resultOf(total, [1e100, 1, -1e100]), 1)
    assert.equal(resultOf(total, Array.from({ length: 10 }, () => 0.1)), 1)
  })

  test('refuses what is not a number, and says what to do', () => {
    const bytes = sum((line: { bytes: unknown }) => line.bytes as number)
    const message = "sum read '12' from an item, but needs a number; convert it with Number(...) in the function given to sum"
    assert.throws(() => resultOf(bytes, [{ bytes: '12' }]), { name: 'ReducerError', code: 'REDUCER', message })
    assert.throws(() => resultOf(bytes, [{ bytes: undefined }]), /sum read undefined/)
    assert.throws(() => resultOf(bytes, [{ bytes: 12n }]), /sum read 12n/)
  })
})

suite('a mean', () => {
  test('is the number nearest to the exact mean, for any numbers', () => {
    fc.assert(fc.property(fc.array(numbers, { minLength: 1, maxLength: 40 }), values => {
      assertNearest(resultOf(average, values), values.reduce((units, value) => units + inUnits(value), 0n), BigInt(values.length))
    }), { numRuns: 2_000 })
  })

  test('is stored in the same form in any order, split and tree', () => {
    fc.assert(fc.property(fc.array(numbers, { maxLength: 40, size: 'large' }), schedules, (values, schedule) => {
      assert.deepEqual(stored(inParts(average, entriesOf(values), schedule)), stored(inSequence(average, entriesOf(values))))
    }))
  })

  test('does not overflow where its total does', () => {
    assert.equal(resultOf(average, [Number.MAX_VALUE, Number.MAX_VALUE]), Number.MAX_VALUE)
  })

  test('is NaN for nothing and with NaN, infinite with Infinity', () => {
    assert.equal(resultOf(average, []), NaN)
    assert.equal(resultOf(average, [1, NaN]), NaN)
    assert.equal(resultOf(average, [1, Infinity]), Infinity)
  })
})

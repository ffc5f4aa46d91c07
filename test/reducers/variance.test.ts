// The variance against rational arithmetic, and on numbers whose rounded sums of squares would cancel.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { checkReducer } from '../../src/reducers/check-reducer.ts'
import { variance } from '../../src/reducers/variance.ts'
import { entriesOf, inParts, inSequence, resultOf, schedules } from './partition.ts'

const ofSample = variance((value: number) => value)
const ofPopulation = variance((value: number) => value, { of: 'population' })
const numbers = fc.oneof(
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map(thousandths => thousandths / 1000),
  fc.integer({ min: 0, max: 20 }).map(small => 1e9 + small),
  fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -120, max: 140 })).map(([mantissa, exponent]) => Math.abs(mantissa) < 1e-6 ? 0 : mantissa * 10 ** exponent),
)

/** In units of 2 ** -1074, from the digits the language gives for a power of two. */
function inUnits(value: number): bigint {
  let [mantissa, exponent] = [value, 0]
  while (!Number.isInteger(mantissa)) [mantissa, exponent] = [mantissa * 2, exponent + 1]
  return BigInt(mantissa) << BigInt(1074 - exponent)
}

/** Numerator and denominator of the exact variance, by the definition: the mean of the squared distances from the mean. */
function exactly(values: readonly number[], fewer: number): readonly [bigint, bigint] {
  const count = BigInt(values.length)
  const units = values.map(inUnits)
  const total = units.reduce((sum, value) => sum + value, 0n)
  const distances = units.map(value => value * count - total).reduce((sum, distance) => sum + distance * distance, 0n)
  return [distances, (count * count * (count - BigInt(fewer))) << 2148n]
}

/** Within half a unit in the last place. */
function assertNearest(result: number, [numerator, denominator]: readonly [bigint, bigint]): void {
  const scaled = (value: number) => inUnits(value) * denominator
  const exact = numerator << 1074n
  const step = result === 0 ? Number.MIN_VALUE : Math.max(Number.MIN_VALUE, 2 ** (Math.floor(Math.log2(result)) - 52))
  const distance = scaled(result) - exact
  assert.ok((distance < 0n ? -distance : distance) * 2n <= inUnits(step) * denominator, `${result} is not nearest to ${numerator} / ${denominator}`)
}

suite('a variance', () => {
  test('is the number nearest to the exact variance', () => {
    fc.assert(fc.property(fc.array(numbers, { minLength: 2, maxLength: 12 }), values => {
      assertNearest(resultOf(ofSample, values), exactly(values, 1))
      assertNearest(resultOf(ofPopulation, values), exactly(values, 0))
    }), { numRuns: 2_000 })
  })

  test('is right where the spread is tiny beside the mean', () => {
    assert.equal(resultOf(ofSample, [4, 7, 13, 16].map(value => value + 1e9)), 30)
    assert.equal(resultOf(ofPopulation, [4, 7, 13, 16].map(value => value + 1e9)), 22.5)
    assert.equal(resultOf(ofSample, [0.1, 0.1, 0.1]), 0)
  })

  test('is stored in the same form in any order, split and tree', () => {
    fc.assert(fc.property(fc.array(numbers, { maxLength: 20 }), schedules, (values, schedule) => {
      assert.deepEqual(inParts(ofSample, entriesOf(values), schedule), inSequence(ofSample, entriesOf(values)))
    }), { numRuns: 1_000 })
  })

  test('keeps the laws of a reducer', () => {
    checkReducer(ofSample, { items: [0.1, 3, -7.25, 1e9, 1e-9, 0] })
  })

  test('is NaN for too few, and for what has no distance', () => {
    assert.equal(resultOf(ofSample, [1]), NaN)
    assert.equal(resultOf(ofPopulation, [1]), 0)
    assert.equal(resultOf(ofPopulation, []), NaN)
    assert.equal(resultOf(ofSample, [1, Infinity]), NaN)
    assert.equal(resultOf(ofSample, [1, NaN]), NaN)
  })

  test('refuses what it could not be right about', () => {
    assert.throws(() => resultOf(ofSample, [1e151]), /variance read 1e\+151/)
    assert.throws(() => resultOf(ofSample, ['7' as unknown as number]), /variance read '7'/)
  })
})

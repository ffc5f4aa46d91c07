// Exact up to 1,024 different values; past that the error that the docstring states.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { bucketOf, middleOf } from '../../src/reducers/log-linear-buckets.ts'
import { quantiles } from '../../src/reducers/quantiles.ts'
import { generator } from '../../src/reducers/seeded-random.ts'
import { entriesOf, inParts, inSequence, resultOf, schedules, stored } from './partition.ts'

const shares = [0, 0.07, 0.25, 0.5, 0.9, 0.99, 1]
const spread = quantiles((value: number) => value, shares)

/** The smallest value such that at least that share of all is not above it, by counting in hundredths. */
function reference(values: readonly number[]): readonly number[] {
  const ascending = values.toSorted((a, b) => a - b)
  return shares.map(share => ascending.find((_, index) => 100 * (index + 1) >= Math.round(share * 100) * ascending.length)!)
}

suite('quantiles', () => {
  test('are exact for few values, whatever the split', () => {
    const values = fc.array(fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -5, max: 5 })).map(value => value + 0), { minLength: 1, size: 'large' })
    fc.assert(fc.property(values, schedules, (values, schedule) => {
      const sums = inParts(spread, entriesOf(values), schedule)
      assert.deepEqual(spread.extract(sums), reference(values))
      assert.deepEqual(stored(sums), stored(inSequence(spread, entriesOf(values))))
    }), { numRuns: 500 })
  })

  test('are exact for any number of items of up to 1,024 different values', () => {
    const values = Array.from({ length: 20_000 }, (_, index) => (index * 7_919) % 1_024 - 500)
    assert.deepEqual(resultOf(spread, values), reference(values))
  })

  test('keep the same sum in any split, where parts are exact and the whole is not', () => {
    fc.assert(fc.property(fc.integer({ min: 900, max: 5_000 }), fc.integer(), schedules, (size, seed, schedule) => {
      const random = generator(seed)
      const entries = entriesOf(Array.from({ length: size }, () => (random() - 0.3) * 10 ** Math.floor(random() * 12)))
      assert.deepEqual(stored(inParts(spread, entries, schedule)), stored(inSequence(spread, entries)))
    }), { numRuns: 40 })
  })

  test('are within 0.8% for many values of any sign and size', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const random = generator(seed)
      const values = Array.from({ length: 20_000 }, () => (random() - 0.3) * Math.exp(60 * random() - 30))
      const exact = reference(values)
      resultOf(spread, values).forEach((value, index) => {
        assert.ok(Math.abs(value - exact[index]!) <= 0.008 * Math.abs(exact[index]!), `${shares[index]}: ${value} for ${exact[index]}`)
      })
    }
  })

  test('put every number into a bucket whose middle is within 1 / 128 of it', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), value => {
      const error = Math.abs(middleOf(bucketOf(value)) - value)
      assert.ok(error <= Math.max(Math.abs(value) / 128, 2 ** -1028), `${value} became ${middleOf(bucketOf(value))}`)
    }), { numRuns: 20_000 })
    for (const special of [0, Infinity, -Infinity, NaN]) assert.equal(middleOf(bucketOf(special)), special)
    assert.equal(middleOf(bucketOf(-0)), 0)
    assert.ok(Number.isFinite(middleOf(bucketOf(Number.MAX_VALUE))))
  })

  test('are NaN for nothing and if any value is NaN, exact or not', () => {
    const all = shares.map(() => NaN)
    assert.deepEqual(resultOf(spread, []), all)
    assert.deepEqual(resultOf(spread, [1, NaN]), all)
    assert.deepEqual(resultOf(spread, [NaN, ...Array.from({ length: 2_000 }, (_, index) => index)]), all)
  })

  test('refuse a share that is none', () => {
    for (const share of [-0.1, 1.1, 99, NaN]) assert.throws(() => quantiles(Number, [share]), { code: 'OPTION', message: /quantiles: at is .*, but must be shares from 0 to 1/ })
  })
})

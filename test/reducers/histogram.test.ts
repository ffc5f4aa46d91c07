import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { histogram } from '../../src/reducers/histogram.ts'
import { sum } from '../../src/reducers/sum.ts'
import { entriesOf, inParts, inSequence, resultOf, schedules } from './partition.ts'

interface Parcel { readonly kilograms: number; readonly price: number }
const kilograms = (parcel: Parcel) => parcel.kilograms
const price = (parcel: Parcel) => parcel.price
const boundsOf = fc.uniqueArray(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 6 }).map(bounds => bounds.toSorted((a, b) => a - b))
const parcels = fc.array(fc.record<Parcel>({
  kilograms: fc.oneof(fc.integer({ min: -25, max: 25 }), fc.double({ noNaN: true, min: -25, max: 25 }), fc.constantFrom(Infinity, -Infinity)),
  price: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0.1, 1e100, -1e100)),
}))

suite('histogram', () => {
  test('sums the weights between its bounds exactly, whatever the split', () => {
    fc.assert(fc.property(parcels, boundsOf, schedules, (items, bounds, schedule) => {
      const byWeight = histogram(kilograms, { bounds, weight: price })
      const expected = [...bounds, Infinity].map((bound, index) => {
        const above = bounds[index - 1] ?? -Infinity
        return resultOf(sum(price), items.filter(item => item.kilograms <= bound && (index === 0 || item.kilograms > above)))
      })
      const sums = inParts(byWeight, entriesOf(items), schedule)
      assert.deepEqual(byWeight.extract(sums), expected)
      assert.deepEqual(sums, inSequence(byWeight, entriesOf(items)))
    }), { numRuns: 1_000 })
  })

  test('counts items when there is no weight, and a bound belongs to the bucket below it', () => {
    assert.deepEqual(resultOf(histogram(Number, { bounds: [1, 10] }), [1, 5, 10, 11]), [1, 2, 1])
    assert.deepEqual(resultOf(histogram(Number, { bounds: [1, 10] }), []), [0, 0, 0])
  })

  test('refuses bounds that are not ascending', () => {
    for (const bounds of [[], [1, 1], [2, 1], [NaN], [1, Infinity]]) {
      assert.throws(() => histogram(Number, { bounds }), { code: 'OPTION', message: /histogram: bounds is .*, but must be at least one finite number/ })
    }
  })

  test('refuses NaN, which is in no bucket', () => {
    assert.throws(() => resultOf(histogram(Number, { bounds: [1] }), [NaN]), { code: 'REDUCER', message: /histogram read NaN/ })
  })
})

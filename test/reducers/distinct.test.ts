// Exact up to 1,024 keys; past that the error that the docstring states.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { distinct } from '../../src/reducers/distinct.ts'
import { addHash, emptySketch, estimate, hashBits } from '../../src/reducers/hyper-log-log.ts'
import { entriesOf, inParts, inSequence, metaOf, resultOf, schedules } from './partition.ts'

const keys = distinct((key: string | number) => key)

/** Errors of the estimates for sets of this size, as shares of the size. */
function errorsAt(size: number, sets: number): readonly number[] {
  const meta = metaOf('any')
  return Array.from({ length: sets }, (_, set) => {
    let sum = keys.create()
    for (let index = 0; index < size; index++) sum = keys.add(sum, `${set}/${index}`, meta)
    return keys.extract(sum) / size - 1
  })
}

suite('distinct', () => {
  test('is exact for few keys, whatever the split', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.nat(20), fc.constantFrom('\ud800', '\ud801'))), schedules, (items, schedule) => {
      const sums = inParts(keys, entriesOf(items), schedule)
      assert.equal(keys.extract(sums), new Set(items.map(String)).size)
      assert.deepEqual(sums, inSequence(keys, entriesOf(items)))
    }), { numRuns: 500 })
  })

  test('is exact up to 1,024 keys, however often each comes', () => {
    const items = Array.from({ length: 1_024 }, (_, index) => index)
    assert.equal(resultOf(keys, [...items, ...items]), 1_024)
  })

  test('keeps the same sketch in any split, where parts are exact and the whole is not', () => {
    fc.assert(fc.property(fc.integer({ min: 900, max: 5_000 }), schedules, (size, schedule) => {
      const entries = entriesOf(Array.from({ length: size }, (_, index) => index % 3_000))
      assert.deepEqual(inParts(keys, entries, schedule), inSequence(keys, entries))
    }), { numRuns: 40 })
  })

  for (const [size, sets] of [[1_025, 60], [5_000, 60], [20_000, 30], [50_000, 20], [200_000, 5]] as const) {
    test(`is within its stated error at ${size} keys`, () => {
      const errors = errorsAt(size, sets)
      const standardError = Math.sqrt(errors.reduce((total, error) => total + error ** 2, 0) / sets)
      const bias = errors.reduce((total, error) => total + error, 0) / sets
      assert.ok(errors.every(error => Math.abs(error) <= 0.025), errors.join(' '))
      assert.ok(standardError <= 0.0081 * (1 + 2 / Math.sqrt(sets)), `${standardError}`)
      assert.ok(Math.abs(bias) <= 3 * 0.0081 / Math.sqrt(sets), `${bias}`)
    })
  }

  test('estimates sets far larger than a test can hash', () => {
    for (const size of [1e7, 1e9]) assert.ok(Math.abs(estimate(sketchOfMany(size)) / size - 1) < 0.025)
  })
})

/** The sketch whose registers are as an ideal hash leaves them: each holds the quantile of its own for the longest of size / 2 ** 14 runs. */
function sketchOfMany(size: number) {
  const sketch = emptySketch()
  for (let register = 0; register < sketch.length; register++) {
    const share = ((register * 6_364_136_223) % sketch.length + 0.5) / sketch.length
    const run = Math.max(1, Math.min(38, Math.ceil(-Math.log2(1 - share ** (sketch.length / size)))))
    addHash(sketch, register * 2 ** (hashBits - 14) + 2 ** (hashBits - 14 - run))
    assert.equal(sketch[register], run)
  }
  return sketch
}

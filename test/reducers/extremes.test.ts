// min, max, topK and latest: what is kept of many.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { toText } from '../../src/model/codec.ts'
import { latest } from '../../src/reducers/latest.ts'
import { max } from '../../src/reducers/max.ts'
import { min } from '../../src/reducers/min.ts'
import { topK } from '../../src/reducers/top-k.ts'
import { entriesOf, inParts, metaOf, resultOf, schedules } from './partition.ts'

const smallest = min((value: number) => value)
const largest = max((value: number) => value)
const numbers = fc.array(fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0)), { minLength: 1 })

suite('min and max', () => {
  test('are those of the values, whatever the split', () => {
    fc.assert(fc.property(numbers, schedules, (values, schedule) => {
      const orNothing = (value: number, nothing: number) => value === nothing ? NaN : value
      assert.equal(smallest.extract(inParts(smallest, entriesOf(values), schedule)), orNothing(Math.min(...values), Infinity))
      assert.equal(largest.extract(inParts(largest, entriesOf(values), schedule)), orNothing(Math.max(...values), -Infinity))
    }), { numRuns: 1_000 })
  })

  test('of nothing are NaN', () => {
    assert.equal(resultOf(smallest, []), NaN)
    assert.equal(resultOf(largest, []), NaN)
  })

  test('refuse what is not a number', () => {
    assert.throws(() => resultOf(smallest, ['7' as unknown as number]), /min read '7'/)
    assert.throws(() => resultOf(largest, [null as unknown as number]), /max read null/)
  })
})

interface View { readonly minutes: number; readonly film: string; readonly at?: Date | undefined }
const views = fc.array(fc.record<View>({
  minutes: fc.oneof(fc.nat(3), fc.constantFrom(NaN, Infinity, -Infinity)),
  film: fc.constantFrom('a', 'b', 'c'),
  at: fc.option(fc.date({ noInvalidDate: true }), { nil: undefined }),
}))

suite('topK', () => {
  test('is the start of all items sorted by rank and text, whatever the split', () => {
    fc.assert(fc.property(views, fc.integer({ min: 1, max: 8 }), schedules, (items, k, schedule) => {
      const rank = ({ minutes }: View) => Number.isNaN(minutes) ? -Infinity : minutes
      const before = (a: View, b: View) => rank(a) > rank(b) || (rank(a) === rank(b) && toText(a) < toText(b))
      const expected = items.toSorted((a, b) => before(a, b) ? -1 : before(b, a) ? 1 : 0).slice(0, k)
      const top = topK(k, (view: View) => view.minutes)
      assert.deepEqual(top.extract(inParts(top, entriesOf(items), schedule)).map(toText), expected.map(toText))
    }), { numRuns: 1_000 })
  })

  test('keeps an item twice that came twice, and gives fewer than k if there are fewer', () => {
    assert.deepEqual(resultOf(topK(3, Number), [1, 2, 2]), [2, 2, 1])
    assert.deepEqual(resultOf(topK(3, Number), [1]), [1])
    assert.deepEqual(resultOf(topK(3, Number), []), [])
  })

  test('refuses a k that is no count', () => {
    for (const k of [0, -1, 1.5, NaN, Infinity]) assert.throws(() => topK(k, Number), { code: 'OPTION', message: /topK: k is .*, but must be a whole number from 1/ })
  })
})

suite('latest', () => {
  const dated = fc.array(fc.record({ id: fc.constantFrom('x', 'y'), time: fc.oneof(fc.nat(2), fc.constant(NaN)), item: fc.nat(9) }), { minLength: 1 })

  test('is the item of the latest time, then of the highest id, then of the highest text, whatever the split', () => {
    fc.assert(fc.property(dated, schedules, (all, schedule) => {
      const [expected] = all.toSorted((a, b) =>
        (Number.isNaN(a.time) ? 1 : 0) - (Number.isNaN(b.time) ? 1 : 0) || b.time - a.time || b.id.localeCompare(a.id) || b.item - a.item)
      const entries = all.map(({ item, id, time }) => ({ item, meta: metaOf(id, time) }))
      assert.equal(latest<number>().extract(inParts(latest<number>(), entries, schedule)), expected!.item)
    }), { numRuns: 1_000 })
  })

  test('of nothing is undefined', () => {
    assert.equal(resultOf(latest(), []), undefined)
  })
})

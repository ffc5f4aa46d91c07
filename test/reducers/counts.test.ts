// count and countBy.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { fromText, toText } from '../../src/model/codec.ts'
import { countBy } from '../../src/reducers/count-by.ts'
import { count } from '../../src/reducers/count.ts'
import { entriesOf, inParts, resultOf, schedules, stored } from './partition.ts'

const byItself = countBy((key: string | number) => key)
const keys = fc.oneof(fc.string(), fc.nat(9), fc.constantFrom('__proto__', '\\__proto__', '\\\\__proto__', 'constructor', 'toString', '$type', 'toJSON', ''))

test('count is the number of items, whatever the split', () => {
  fc.assert(fc.property(fc.array(fc.anything()), schedules, (items, schedule) => {
    assert.equal(inParts(count(), entriesOf(items), schedule), items.length)
  }))
})

suite('countBy', () => {
  test('counts each key, whatever it is called and however the items were split', () => {
    fc.assert(fc.property(fc.array(keys), schedules, (items, schedule) => {
      const expected = new Map<string, number>()
      for (const item of items) expected.set(String(item), (expected.get(String(item)) ?? 0) + 1)
      const counts = byItself.extract(inParts(byItself, entriesOf(items), schedule))
      assert.deepEqual(new Map(Object.entries(counts)), expected)
    }), { numRuns: 1_000 })
  })

  test('gives its keys sorted, so that the same items make the same file', () => {
    fc.assert(fc.property(fc.array(keys), schedules, (items, schedule) => {
      const counts = byItself.extract(inParts(byItself, entriesOf(items), schedule))
      assert.equal(JSON.stringify(counts), JSON.stringify(resultOf(byItself, items.toReversed())))
    }))
    assert.deepEqual(Object.keys(resultOf(byItself, ['b', 'a', 'B', 10, 9])), ['9', '10', 'B', 'a', 'b'])
  })

  test('gives a record without a prototype', () => {
    const counts = resultOf(byItself, ['a', '__proto__'])
    assert.equal(Object.getPrototypeOf(counts), null)
    assert.equal(counts['__proto__'], 1)
    assert.equal(counts['constructor'], undefined)
  })

  test('goes on counting after a sum was stored, keys that JavaScript has a meaning for included', () => {
    fc.assert(fc.property(fc.array(keys), items => {
      const sum = entriesOf(items).reduce((sum, { item, meta }) => stored(byItself.add(sum, item, meta)), stored(byItself.create()))
      assert.deepEqual(byItself.extract(sum), resultOf(byItself, items))
      assert.equal(Object.getPrototypeOf(fromText(toText(sum))), Object.prototype)
    }))
  })

  test('refuses a key that is neither text nor a number', () => {
    const byColour = countBy((car: { colour?: string }) => car.colour!)
    assert.throws(() => resultOf(byColour, [{}]), { code: 'REDUCER', message: /countBy read the key undefined from an item, but needs a string or a number/ })
  })
})

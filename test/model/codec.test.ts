// Values as they were after a hop, or refused: never something else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CodecError, fromText, isPlain, revive, tagged, toText } from '../../src/model/codec.ts'
import { anyValue } from './any-value.ts'

test('any value of the supported types comes back as it was', () => {
  fc.assert(fc.property(anyValue, value => assert.deepEqual(fromText(toText(value)), value)), { numRuns: 400 })
})

test('what is tagged is plain JSON, whatever the value', () => {
  fc.assert(fc.property(anyValue, value => {
    const json = JSON.parse(JSON.stringify(tagged(value))) as unknown
    assert.ok(JSON.stringify(json) === JSON.stringify(tagged(value)))
    assert.deepEqual(revive(json), value)
  }))
})

test('plain JSON is stored as itself', () => {
  fc.assert(fc.property(fc.jsonValue({ noUnicodeString: false }), value => {
    fc.pre(isPlain(value))
    assert.equal(toText(value), JSON.stringify(value))
  }))
  assert.equal(isPlain({ a: [1, 'b', null, { c: true }] }), true)
  for (const value of [undefined, NaN, -0, 1n, new Date(0), new Map(), [undefined], { $type: 'Date' }]) assert.equal(isPlain(value), false)
})

test('an object of the user that looks like a tag stays an object', () => {
  for (const value of [{ $type: 'Date', value: 0 }, { $type: 'tagged', value: { $type: 'bigint', value: '1' } }, { $type: { $type: 'object' } }, [{ $type: 1n }]]) {
    assert.deepEqual(fromText(toText(value)), value)
  }
})

test('a field that is undefined is left out, as JSON does; elsewhere undefined stays', () => {
  assert.deepEqual(fromText(toText({ a: undefined, b: [undefined], c: new Map([[undefined, undefined]]) })), { b: [undefined], c: new Map([[undefined, undefined]]) })
  assert.deepEqual(fromText(toText({ a: undefined })), {})
})

test('holes in an array become undefined', () => {
  const holed: unknown[] = []
  holed[2] = 1
  assert.deepEqual(fromText(toText(holed)), [undefined, undefined, 1])
})

test('bytes that are a part of a larger buffer are stored without the rest', () => {
  assert.deepEqual(fromText(toText(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))), new Uint8Array([2, 3]))
})

test('an object without a prototype comes back as a plain object', () => {
  assert.deepEqual(fromText(toText(Object.assign(Object.create(null), { a: 1n }))), { a: 1n })
})

class Parcel {
  readonly weight = 1
}

test('what would not come back as it was is refused, at any place in a value', () => {
  const refused: readonly (readonly [unknown, string])[] = [
    [new Parcel(), 'an instance of class Parcel cannot be stored: it would come back without its class; use a plain object'],
    [/a/, 'an instance of class RegExp cannot be stored: it would come back without its class; use a plain object'],
    [new Float64Array(1), 'an instance of class Float64Array cannot be stored: it would come back without its class; use a plain object'],
    [() => 1, 'a function cannot be stored; items are data: a function'],
    [{ toJSON: () => 'other' }, 'a function cannot be stored; items are data: a function'],
    [Symbol('s'), 'a symbol cannot be stored; items are data: Symbol(s)'],
    [JSON.parse('{"__proto__":{"isAdmin":true}}'), "an object has a key '__proto__', which is refused; rename the key"],
  ]
  for (const [value, message] of refused) {
    for (const place of [value, [1, value], { deep: { value } }, new Map([['key', value]]), new Map([[value, 1]]), new Set([value])]) {
      assert.throws(() => toText(place), (error: unknown) => error instanceof CodecError && error.code === 'CODEC' && error.message === message)
    }
  }
})

function nested(levels: number, core: unknown, wrap: (inner: unknown) => unknown): unknown {
  return levels === 0 ? core : wrap(nested(levels - 1, core, wrap))
}

const wraps: readonly ((inner: unknown) => unknown)[] = [inner => [inner], inner => ({ inner }), inner => new Map([['key', inner]]), inner => new Set([inner])]

test('a value as deep as the limit is stored, whether it is plain or not', () => {
  for (const core of [1, 1n, NaN, 'text']) {
    for (const wrap of wraps) assert.deepEqual(fromText(toText(nested(201, core, wrap))), nested(201, core, wrap))
  }
})

test('a value nested deeper is refused, and so is one that holds itself', () => {
  const deeper = { name: 'CodecError', message: 'a value is nested deeper than 200 levels; flatten it, or store it as text' }
  const cycle: unknown[] = []
  cycle.push(cycle)
  const round = new Map<string, unknown>()
  round.set('self', { round })
  const values = [cycle, round, ...[1, 1n].flatMap(core => wraps.map(wrap => nested(202, core, wrap)))]
  for (const value of values) assert.throws(() => toText(value), deeper)
})

test('a type that only a newer version knows is refused', () => {
  assert.throws(() => fromText('{"$type":"tagged","value":[{"$type":"Decimal","value":"1"}]}'), {
    name: 'CodecError', message: "a stored value has the unknown type 'Decimal'; it was written by a newer version",
  })
})

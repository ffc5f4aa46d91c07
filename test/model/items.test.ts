// The columns of a chunk against the items they stand for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StoredChunk, EncodedChunk } from '../../src/model/chunk.ts'
import { CodecError, isPlain } from '../../src/model/codec.ts'
import type { RetryState } from '../../src/model/item.ts'
import { decodeItems, encodeEnd, encodeItems, encodeValues, endOf, type FullItems, type Items, joinedValues, without } from '../../src/model/items.ts'
import { Names } from '../../src/model/names.ts'
import { plainJson } from '../../src/sinks/plain-json.ts'
import { anyValue } from './any-value.ts'

const retry: fc.Arbitrary<RetryState> = fc.record({
  attempts: fc.nat(9), dueAt: fc.nat(), history: fc.constant([{ attempt: 1, at: 5, error: { name: 'Error', message: 'm' } }]),
}, { noNullPrototype: true })
const time = fc.nat(2_000_000_000_000)

/** Chunks of a few items with any of the columns. */
const chunks: fc.Arbitrary<Items> = fc.nat(8).chain(count => {
  const column = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: count, maxLength: count })
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
  const text = fc.oneof(fc.string(), fc.nat(9).map(number => `photos:0:${number}`))
  return fc.record({
    values: column(anyValue),
    ids: maybe(column(text).map(list => Names.of(list))),
    origins: maybe(column(text).map(list => Names.of(list))),
    times: maybe(fc.oneof(time, column(time))),
    keys: maybe(column(fc.option(fc.string()))),
    headers: maybe(column(fc.option(fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true })))),
    retries: maybe(column(retry)),
  }, { noNullPrototype: true })
})

function stored(chunk: EncodedChunk, offset = 40): StoredChunk {
  return { ...chunk, topic: 'photos', partition: 2, offset, next: offset + chunk.count, at: 1_234 }
}

/** Everything about each item, by item. */
function listed({ values, ids, times, keys, headers, origins, retries }: FullItems) {
  return values.map((value, index) => ({
    value, id: ids.at(index), time: typeof times === 'number' ? times : times[index], key: keys?.[index], header: headers?.[index], origin: origins.at(index), retry: retries?.[index],
  }))
}

test('items come back with every column they had', () => {
  fc.assert(fc.property(chunks, items => {
    const chunk = encodeItems(items)
    assert.equal(chunk.count, items.values.length)
    const back = decodeItems(stored(chunk))
    assert.deepEqual(back.values, items.values)
    assert.deepEqual([back.keys, back.headers, back.retries], [items.keys, items.headers, items.retries])
    assert.deepEqual([...back.ids], items.ids ? [...items.ids] : items.values.map((_, index) => `photos:2:${40 + index}`))
    assert.deepEqual([...back.origins], items.origins ? [...items.origins] : [...back.ids])
    assert.deepEqual(back.times, items.times ?? 1_234)
  }))
})

test('a chunk that lost items holds the others as they were, each with all it had', () => {
  const given = chunks.filter(({ ids }) => ids !== undefined).chain(items => fc.tuple(fc.constant(items), fc.subarray(items.values.map((_, index) => index))))
  fc.assert(fc.property(given, ([items, dropped]) => {
    const chunk = encodeItems(items)
    const left = without(chunk, dropped)
    assert.deepEqual(listed(decodeItems(stored(left))), listed(decodeItems(stored(chunk))).filter((_, index) => !dropped.includes(index)))
    assert.equal(left.count, items.values.length - dropped.length)
  }))
})

test('a chunk laid out by the line holds the same items, and its lines are what a sink of JSON Lines writes', () => {
  fc.assert(fc.property(chunks, items => {
    const [lined, dense] = [encodeItems(items, 'lined'), encodeItems(items)]
    assert.deepEqual(listed(decodeItems(stored(lined))), listed(decodeItems(stored(dense))))
    const { lines } = decodeItems(stored(lined))
    if (lines !== undefined) assert.equal(lines, items.values.map(value => `${plainJson(value)}\n`).join(''))
    assert.equal(lines !== undefined, items.values.length > 0 && items.values.every(value => isPlain(value)))
  }))
})

test('the texts of several chunks are joined to the text of one that holds all, where they are laid out alike', () => {
  fc.assert(fc.property(fc.array(chunks, { minLength: 1, maxLength: 4 }), fc.constantFrom('dense', 'lined'), (parts, layout) => {
    const given = parts.map(({ values }) => ({ values, stored: encodeValues(values, layout) }))
    const stored = joinedValues(given)
    const values = given.flatMap(part => part.values)
    if (stored) assert.deepEqual(stored, encodeValues(values, layout))
    const isAlike = new Set(given.map(part => part.stored.isPlain)).size === 1 && given.every(part => part.values.length > 0)
    assert.equal(stored !== undefined, isAlike)
  }))
  const [first, second] = [encodeValues([{ a: 1 }], 'lined'), encodeValues([{ a: 2 }])]
  assert.deepEqual([joinedValues([{ values: [], stored: first }, { values: [], stored: second }]), joinedValues([{ values: [], stored: first }, { values: [] }])], [undefined, undefined])
})

test('objects are laid out by the line as they are one by one, also where breaks between objects are within them', () => {
  const inner = fc.constantFrom<unknown>({}, [{}, {}], [[{ a: 1 }, { b: [{}, {}] }]], '},{', '"},\n{"', 1, null)
  const value = fc.oneof(fc.record({ a: inner, b: inner }), fc.record({}), inner)
  fc.assert(fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), values => {
    const { lines } = decodeItems(stored(encodeItems({ values }, 'lined')))
    assert.equal(lines, values.map(each => `${JSON.stringify(each)}\n`).join(''))
  }), { numRuns: 1_000 })
})

test('once the values were asked for, which may change them, there are no lines any more', () => {
  const items = decodeItems(stored(encodeItems({ values: [{ count: 1 }, 'a\nb,\n'] }, 'lined')))
  assert.equal(items.lines, '{"count":1}\n"a\\nb,\\n"\n')
  assert.deepEqual(items.values, [{ count: 1 }, 'a\nb,\n'])
  assert.equal(items.lines, undefined)
})

test('a chunk that loses nothing is the same chunk', () => {
  const chunk = encodeItems({ values: [1, 2] })
  assert.equal(without(chunk, []), chunk)
})

test('items that say nothing cost nothing beside their values', () => {
  const chunk = encodeItems({ values: [1, 'b'] })
  assert.deepEqual([chunk.columns, chunk.values], ['{}', '[1,"b"]'])
})

test('an end record is told from items, also from items that speak of an end', () => {
  assert.deepEqual(endOf(encodeEnd({ producer: 'blur', round: 2 })), { producer: 'blur', round: 2 })
  assert.equal(endOf(encodeItems({ values: [null] })), undefined)
  assert.equal(endOf(encodeItems({ values: [{ end: { producer: 'blur', round: 2 } }], headers: [{ end: 'x' }], keys: ['"end":'] })), undefined)
})

test('what cannot be stored is refused before anything is', () => {
  assert.throws(() => encodeItems({ values: [1, 2n, new URL('http://localhost')] }), CodecError)
})

// Values as a table against the values themselves, and what must not become one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isScalar } from '../../src/model/codec.ts'
import { decodeItems, encodeItems, encodeValues, joinedValues, without } from '../../src/model/items.ts'
import { isTable, tableOf, tableValuesMin, valuesOf } from '../../src/model/value-table.ts'

const scalar = fc.oneof(fc.string({ unit: 'binary' }), fc.boolean(), fc.integer(), fc.double().filter(isScalar), fc.constantFrom(null, '\ud800', '', 0, 1e300))
const field = fc.oneof(fc.string({ maxLength: 4 }), fc.nat(20).map(String), fc.constantFrom('constructor', 'value', 'count')).filter(name => !['toJSON', '$type', '__proto__'].includes(name))
/** Rows with the same fields; some columns are the same in all of them. */
const rows = fc.uniqueArray(field, { maxLength: 6 }).chain(fields => fc.tuple(...fields.map(name => fc.tuple(fc.constant(name), fc.option(scalar), fc.boolean()))).chain(columns =>
  fc.array(fc.tuple(...columns.map(([, constant, isConstant]) => (isConstant ? fc.constant(constant) : scalar))), { minLength: 1, maxLength: 5 })
    .map(table => table.map(values => Object.fromEntries(values.map((value, index) => [fields[index]!, value]))))))
const alike = (count: number) => Array.from({ length: count }, (_, id) => ({ id, email: `subscriber-${id}@mail.example.com`, action: 'renew' }))

test('flat objects come back as they were, their fields in order, each an object of its own', () => {
  fc.assert(fc.property(rows, values => {
    const table = tableOf(values)!
    assert.ok(isTable(table))
    const back = valuesOf(table) as object[]
    assert.deepEqual(back, values)
    assert.deepEqual(back.map(value => Object.keys(value)), values.map(value => Object.keys(value)))
    assert.equal(new Set(back).size, values.length)
    assert.ok(back.every(value => Object.getPrototypeOf(value) === Object.prototype))
  }))
})

test('what is the same in all of them is written once', () => {
  const [one, many] = [1, 1_000].map(count => tableOf(alike(count))!.match(/renew/g)!.length)
  assert.deepEqual([one, many], [1, 1])
})

test('other values are no table', () => {
  class Order { id = 1 }
  const others: Record<string, readonly unknown[]> = {
    'a text': ['a'], 'no object': [null], 'an array': [[1]], 'a nested object': [{ a: {} }], 'a nested array': [{ a: [] }], 'a date': [{ a: new Date(0) }],
    'undefined, which JSON leaves out': [{ a: 1 }, { a: undefined }], 'not a number': [{ a: Number.NaN }], 'minus zero': [{ a: 0 }, { a: -0 }], 'a bigint': [{ a: 1n }],
    'another field': [{ a: 1 }, { b: 1 }], 'a field more': [{ a: 1 }, { a: 1, b: 2 }], 'a field less': [{ a: 1, b: 2 }, { a: 1 }], 'another order': [{ a: 1, b: 2 }, { b: 2, a: 1 }],
    'an instance': [new Order()], 'an instance behind others': [{ id: 1 }, new Order()], 'no prototype': [Object.assign(Object.create(null), { a: 1 })],
    'a field that is a method': [{ toJSON: 1 }], 'a tag': [{ $type: 'Date' }], 'a prototype as field': [JSON.parse('{"__proto__":1}')],
    'many fields': [Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`f${index}`, 1]))],
  }
  for (const [what, values] of Object.entries(others)) assert.equal(tableOf(values), undefined, what)
})

test('a chunk of many flat objects is one, and its items are those of any chunk', () => {
  const values = alike(tableValuesMin)
  const chunk = { ...encodeItems({ values }), topic: 'mails', partition: 0, offset: 0, next: values.length, at: 0 }
  assert.ok(isTable(chunk.values))
  assert.ok(chunk.values.length < JSON.stringify(values).length * 0.7)
  assert.deepEqual(decodeItems(chunk).values, values)
  assert.deepEqual(decodeItems({ ...chunk, ...without(chunk, [0, 2]) }).values, values.filter(({ id }) => id !== 0 && id !== 2))
  assert.ok(!isTable(encodeItems({ values: values.slice(1) }).values), 'fewer may be joined to others')
})

test('tables are not joined as text', () => {
  const values = alike(tableValuesMin)
  const stored = encodeValues(values)
  assert.equal(joinedValues([{ values, stored }, { values, stored }]), undefined)
})

test('what is no table is refused', () => {
  const tables: Record<string, string> = {
    'a field that none is written with': '{"count":1,"fields":["__proto__"],"columns":[{"polluted":true}]}',
    'more values than any chunk holds': '{"count":1000000000,"fields":["a"],"columns":[1]}',
    'no number of values': '{"fields":["a"],"columns":[1]}',
    'a column too short': '{"count":2,"fields":["a"],"columns":[[1]]}',
    'a column without a field': '{"count":1,"fields":[],"columns":[1]}',
    'no columns': '{"count":1,"fields":["a"]}',
  }
  for (const [what, text] of Object.entries(tables)) assert.throws(() => valuesOf(text), { code: 'CODEC' }, what)
})

// Shapes of values: what they say, and the laws they keep.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mergedShape, noShape, shapeOf, shapeText, type Shape } from '../../src/model/shape.ts'
import { anyValue } from './any-value.ts'

const textOf = (...values: readonly unknown[]) => shapeText(shapeAll(values))
const shapeAll = (values: readonly unknown[]): Shape => values.map(value => shapeOf(value)).reduce(mergedShape, noShape)

test('fields, ranges, lists and what is not always there are told in one line', () => {
  equal(textOf({ page: '/a', bytes: 200 }, { page: '/b', bytes: 5_199, tags: ['x'] }, { page: '/c', bytes: 300 }), '{ page: string, bytes: number 200..5199, tags?: string[] }')
  equal(textOf(1, 'a', null, true, 2), 'number 1..2 | boolean | null | string')
  equal(textOf([1, null], []), '(number 1 | null)[]')
  equal(textOf([]), '[]')
  equal(textOf({}), '{}')
  equal(textOf({ a: undefined }, { a: 1 }), '{ a?: number 1 }')
  equal(textOf({ 'two words': 1, größe: 2 }), '{ "two words": number 1, größe: number 2 }')
  equal(textOf(new Date(0), 1n, new Map(), new Uint8Array(1), NaN, -Infinity), '-Infinity | Date | Map | NaN | Uint8Array | bigint')
  equal(textOf({ hits: { count: 3 } }, 'text'), '{ hits: { count: number 3 } } | string')
  equal(textOf(), '')
})

test('an object with too many fields is a dictionary, and so is all it is merged with', () => {
  const wide = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key ${index}`, index]))
  equal(textOf(wide(51)), '{ [key]: number 0..50 }')
  equal(textOf(wide(51), { other: 'x' }), '{ [key]: number 0..50 | string }')
  equal(textOf({ other: 'x' }, wide(51)), '{ [key]: number 0..50 | string }')
  ok(textOf(wide(50)).includes('"key 12": number 12'))
})

test('what is deep, wide, circular or throws when it is looked at is bounded', () => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  equal(textOf(circle), '{ self: { self: { self: { self: { self: object } } } } }')
  equal(textOf({ get broken() { throw new Error('no') } }), 'unreadable')
  equal(textOf(new Proxy({}, { getPrototypeOf() { throw new Error('no') } })), 'unreadable')
  ok(textOf(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`a field with a long name ${index}`, 'x']))).length <= 601)
  ok(textOf({ ['x'.repeat(10_000)]: 1 }).length < 200)
  equal(textOf([...Array.from({ length: 50 }, () => 1), 'late']), '(number 1)[]')
})

test('the order and the grouping of the values do not matter', () => {
  fc.assert(fc.property(fc.array(anyValue, { maxLength: 8 }), fc.nat(), (values, at) => {
    const cut = values.length === 0 ? 0 : at % values.length
    const all = shapeAll(values)
    deepEqual(mergedShape(shapeAll(values.slice(0, cut)), shapeAll(values.slice(cut))), all)
    deepEqual(mergedShape(shapeAll(values.slice(cut)), shapeAll(values.slice(0, cut))), all)
    equal(all.count, values.length)
  }), { numRuns: 300 })
})

test('a value of which the shape is known already changes nothing but counts', () => {
  fc.assert(fc.property(fc.array(anyValue, { minLength: 1, maxLength: 5 }), values => {
    equal(textOf(...values, ...values), textOf(...values))
  }), { numRuns: 200 })
})

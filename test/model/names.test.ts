// Names kept as runs against the plain list they stand for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Names, type NamesJson } from '../../src/model/names.ts'

const name = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.stringMatching(/^[ab:/]?\d{1,4}[ab/]?\d?$/),
  fc.constantFrom('', '0', '00', '-1', '9007199254740993', '999999999999999', '1000000000000000', 'photos:0:7', 'photos:0:7/blur/2', 'a\n1', '١', '\u0000'),
)

/** Together: names as the code makes them, and the list they must equal. */
const one: fc.Arbitrary<readonly [Names, readonly string[]]> = fc.oneof(
  fc.array(name, { maxLength: 12 }).map(list => [Names.of(list), list] as const),
  fc.tuple(fc.array(name, { maxLength: 8 }), fc.string({ maxLength: 3 })).map(([list, suffix]) => [Names.listed(list, suffix), list.map(each => each + suffix)] as const),
  fc.tuple(fc.string({ maxLength: 4 }), fc.nat(1_000), fc.nat(12), fc.string({ maxLength: 3 })).map(([prefix, first, count, suffix]) =>
    [Names.numbered(prefix, first, count, suffix), Array.from({ length: count }, (_, index) => `${prefix}${first + index}${suffix}`)] as const),
  fc.array(fc.oneof(name, fc.tuple(fc.constantFrom('', 'a.log:', 'b1'), fc.nat(30))), { maxLength: 12 }).map(list => [Names.of(list), list.map(each => (typeof each === 'string' ? each : each.join('')))] as const),
  fc.array(name, { maxLength: 12 }).map(list => [Names.lazy(list.length, () => list), list] as const),
)
const several = fc.array(one, { maxLength: 4 }).map(parts => [Names.concat(parts.map(([names]) => names)), parts.flatMap(([, list]) => list)] as const)
const names = fc.oneof(one, several)

function assertSame(actual: Names, expected: readonly string[]): void {
  assert.equal(actual.length, expected.length)
  assert.deepEqual([...actual], expected)
  assert.deepEqual(expected.map((_, index) => actual.at(index)), expected)
}

const indexesOf = (length: number) => (length === 0 ? fc.constant([]) : fc.array(fc.nat(length - 1), { maxLength: 15 }))

test('names, however made and joined, are the list they stand for', () => {
  fc.assert(fc.property(names, ([actual, expected]) => assertSame(actual, expected)))
})

test('names survive JSON', () => {
  fc.assert(fc.property(names, ([actual, expected]) => assertSame(Names.fromJson(JSON.parse(JSON.stringify(actual)) as NamesJson), expected)))
})

test('names picked at any indexes, in any order and repeated, are those of the list', () => {
  fc.assert(fc.property(names.chain(pair => fc.tuple(fc.constant(pair), indexesOf(pair[1].length))), ([[actual, expected], indexes]) => {
    assertSame(actual.pick(indexes), indexes.map(index => expected[index]!))
  }))
})

test('picking all of them gives the same names, not a copy', () => {
  const all = Names.numbered('a', 0, 3)
  assert.equal(all.pick([0, 1, 2]), all)
  assert.notEqual(all.pick([0, 2, 1]), all)
})

test('names take one suffix for all, or one for each', () => {
  const suffix = fc.constantFrom('', '/blur/0', '/1', '7', 'x')
  const given = names.chain(pair => fc.tuple(fc.constant(pair), suffix, indexesOf(pair[1].length).chain(indexes =>
    fc.array(suffix, { minLength: indexes.length, maxLength: indexes.length }).map(suffixes => ({ indexes, suffixes })))))
  fc.assert(fc.property(given, ([[actual, expected], all, { indexes, suffixes }]) => {
    assertSame(actual.suffixedBy(all), expected.map(each => each + all))
    assertSame(actual.suffixed(indexes, suffixes), indexes.map((index, at) => expected[index]! + suffixes[at]!))
    assertSame(actual.suffixedBy('/a').suffixedBy('/b'), expected.map(each => `${each}/a/b`))
  }))
})

test('deriving names leaves the names they came of as they were', () => {
  fc.assert(fc.property(names, ([actual, expected]) => {
    const all = expected.map((_, index) => index)
    actual.suffixedBy('/x').pick(all.toReversed())
    assertSame(Names.concat([actual, Names.of(expected)]), [...expected, ...expected])
    assertSame(actual, expected)
  }))
})

test('a lazy list is made once, and only when a name is asked for', () => {
  let made = 0
  const lazy = Names.lazy(2, () => [`a${++made}`, 'b'])
  const derived = lazy.suffixedBy('/s')
  assert.deepEqual([lazy.length, derived.length, made], [2, 2, 0])
  assert.deepEqual([derived.at(0), lazy.at(0), lazy.at(1), made], ['a1/s', 'a1', 'b', 1])
})

test('a thousand counted names are one run', () => {
  const list = Array.from({ length: 1_000 }, (_, index) => `access.log:${index + 5}`)
  assert.deepEqual(Names.of(list).toJSON(), [['access.log:', 5, 1_000, '']])
  assert.deepEqual(Names.of(list).suffixedBy('/parse/0').toJSON(), [['access.log:', 5, 1_000, '/parse/0']])
  assert.deepEqual(Names.of(list).pick([3, 4, 5, 9]).toJSON(), [['access.log:', 8, 3, ''], ['access.log:', 14, 1, '']])
})

test('leading zeros and numbers too large to count are kept as they are', () => {
  assertSame(Names.of(['a007', 'a008', 'a9999999999999999999', 'a9999999999999999998']), ['a007', 'a008', 'a9999999999999999999', 'a9999999999999999998'])
})

test('an index outside the names is refused', () => {
  for (const index of [-1, 2, NaN]) assert.throws(() => Names.of(['a', 'b']).at(index), new RangeError(`no name at ${index} of 2`))
  assert.throws(() => Names.listed([]).at(0), RangeError)
  assert.throws(() => Names.of(['a', 'b']).pick([2]), RangeError)
})


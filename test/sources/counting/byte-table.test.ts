import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteTable } from '../../../src/sources/counting/byte-table.ts'
import { mixerLow } from '../../../src/sources/counting/table-code.ts'
import { countFieldsOf, countWordsOf, drained, together, type Counted } from './counted.ts'

/** Bytes as latin1; lengths on both sides of what is hashed, compared and scanned at once. */
const letters = fc.tuple(fc.oneof(fc.constantFrom('a', 'b', '\0', '\x01', '\x0e', '\xa0'), fc.nat(255).map(byte => String.fromCharCode(byte))), fc.oneof(fc.nat(3), fc.constantFrom(14, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130)))
  .map(([letter, length]) => letter.repeat(length))

function textWith(...marks: readonly string[]): fc.Arbitrary<string> {
  return fc.array(fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...marks) }, letters), { maxLength: 80, size: 'max' }).map(parts => parts.join(''))
}

const borders = fc.array(fc.boolean(), { maxLength: 100, size: 'max' })

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString()
}

/** Pieces whose last bytes end a record, cut at any such place. */
function cut(whole: string, end: RegExp, chosen: readonly boolean[]): readonly Buffer[] {
  const pieces = ['']
  whole.split(end).forEach((record, index) => {
    if (chosen[index] && pieces.at(-1) !== '') pieces.push('')
    pieces[pieces.length - 1] += record
  })
  return pieces.filter(piece => piece !== '').map(piece => Buffer.from(piece, 'latin1'))
}

function numberedLines(whole: string): readonly (readonly [line: string, number: number])[] {
  return whole.split('\n').map((line, index) => [line.replace(/\r$/, ''), index + 1])
}

test('words of any bytes, cut anywhere, are counted as splitting counts them', () => {
  fc.assert(fc.property(textWith(' ', '\n', '\n', '\r\n', '\r', '\t', '\v', '\f'), borders, (whole, chosen) => {
    const expected = whole.split('\n').flatMap((line, index) => line.split(/[ \t\v\f\r]+/).filter(word => word !== '').map((word): Counted => [utf8(word), 1, index + 1]))
    assert.deepEqual(together(countWordsOf(cut(whole, /(?<=[ \t\n\v\f\r])/, chosen)).counted), together(expected))
  }), { numRuns: 1000 })
})

test('fields of any bytes, cut anywhere, are counted as splitting counts them', () => {
  const wanted = fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 }).map(indexes => indexes.toSorted((a, b) => a - b))
  fc.assert(fc.property(textWith(';', ';', ';', ';', ';', '\n', '\n', '\r\n', '\r', ' '), wanted, borders, (whole, indexes, chosen) => {
    const rows = numberedLines(whole).filter(([line]) => line !== '').map(([line, number]) => ({ all: line.split(';'), number }))
    const isShort = (all: readonly string[]) => all.length <= indexes.at(-1)!
    const { counted, short } = countFieldsOf(cut(whole, /(?<=\n)/, chosen), ';', indexes)
    assert.deepEqual(short, rows.filter(({ all }) => isShort(all)).map(({ number }) => number))
    assert.deepEqual(together(counted), together(rows.filter(({ all }) => !isShort(all)).map(({ all, number }): Counted => [utf8(indexes.map(index => all[index]).join(';')), 1, number])))
  }), { numRuns: 1000 })
})

test('keys that are nearly alike are counted apart, in the order of their first appearance', () => {
  const long = 'x'.repeat(100)
  const keys = [
    '\0', '\0\0', 'a', '\0a', 'a\0', '1234567', '\x011234567', '12345678', '012345678', ...[7, 8, 9, 15, 16, 17, 32, 48].map(length => '\0'.repeat(length)), 'é', '😀',
    long, `${long}x`, `${long}y`, `y${long}`, `${long.slice(0, 50)}y${long.slice(51)}`,
  ]
  // What follows a key is none of its business.
  const linesWith = (end: string) => keys.map((key, index) => `${key}${end}\n`.repeat(index + 1)).join('')
  const lines = Buffer.from(linesWith('') + linesWith('\t') + linesWith('\t\t\t'))
  const lineOf = (index: number) => 1 + (index * (index + 1)) / 2
  const expected = keys.map((key, index): Counted => [key, 3 * (index + 1), lineOf(index)])
  assert.deepEqual(countWordsOf([lines]).counted, expected)
  assert.deepEqual(countFieldsOf([lines], '\t', [0]).counted, expected)
})

/** Keys of 32 bytes with the same hash: what the first half does to it, the second takes back. */
function keysThatCollide(count: number): readonly string[] {
  const words = (...lanes: readonly bigint[]) => Buffer.from(BigUint64Array.from(lanes).buffer).toString('latin1')
  const turned = (value: bigint) => (value << 31n) | (BigInt.asUintN(64, value) >> 33n)
  const keys: string[] = []
  for (let number = 0n; keys.length < count; number++) {
    const [first, high] = [0x6161_6161_6161_6161n + number * 0x0123_4567_89ab_cdefn, 0x6262_6262_6262_6262n]
    const key = words(BigInt.asUintN(64, first), high, BigInt.asUintN(64, turned(BigInt.asUintN(64, first * mixerLow))), high)
    if (!/[\t-\r ;]/.test(key)) keys.push(key)
  }
  return keys
}

test('keys that were made to have the same hash are counted apart', () => {
  const keys = keysThatCollide(50)
  const { counted } = countWordsOf([Buffer.from(`${keys.join('\n')}\n`.repeat(2), 'latin1')])
  assert.deepEqual(counted, keys.map((key, index): Counted => [utf8(key), 2, index + 1]))
})

test('an empty field is a key too', () => {
  assert.deepEqual(countFieldsOf([Buffer.from(';a\n;b\nc;\n')], ';', [0]).counted, [['', 2, 1], ['c', 1, 3]])
})

test('more different keys than the table holds are counted in several runs, a hot key among them in each', () => {
  const keys = Array.from({ length: 300_000 }, (_, index) => `${index % 150_000}${index % 3 ? '' : '-with-a-longer-ending'}`)
  const pieces = Array.from({ length: 300 }, (_, index) => Buffer.from(`${keys.slice(1000 * index, 1000 * (index + 1)).map(key => `hot ${key}`).join('\n')}\n`))
  const expected = together(keys.flatMap((key, index): Counted[] => [['hot', 1, index + 1], [key, 1, index + 1]]))
  const words = countWordsOf(pieces)
  assert.deepEqual([words.full, together(words.counted)], [2, expected])
  const fields = countFieldsOf(pieces, ' ', [1])
  assert.deepEqual([fields.full, together(fields.counted)], [2, expected.filter(([key]) => key !== 'hot')])
})

test('more bytes of keys than the table holds are counted in several runs, and a key that is larger than it by itself', () => {
  const keys = [...Array.from({ length: 90 }, (_, index) => `${index}`.padStart(100_000, 'x')), 'y'.repeat(6_000_000), `${'y'.repeat(5_999_999)}z`, 'short']
  const expected = [...keys, ...keys].map((key, index): Counted => [key, 1, index + 1])
  const pieces = [...keys, ...keys].map(key => Buffer.from(`${key}\n`))
  const { counted, full } = countWordsOf(pieces)
  assert.ok(full >= 6)
  // A difference of such texts could not be printed.
  assert.ok(JSON.stringify(together(counted)) === JSON.stringify(together(expected)))
  assert.ok(JSON.stringify(together(countFieldsOf(pieces, ' ', [0]).counted)) === JSON.stringify(together(expected)))
})

test('fields of the longest line are brought together', () => {
  const line = `${'a'.repeat(7_999_990)};b;${'c'.repeat(7_999_990)}\n`
  const { counted } = countFieldsOf([Buffer.from(line), Buffer.from(line)], ';', [0, 2])
  assert.equal(counted.length, 1)
  assert.ok(counted[0]![0] === line.replace(';b', '').trimEnd() && counted[0]![1] === 2)
})

test('the table asks to be emptied before a number of times could overflow', () => {
  const table = ByteTable.take()
  table.load(Buffer.from('often often '))
  assert.equal(table.countWords(0), 12)
  const [breaks, often] = [Buffer.alloc(16_000_000, '\n'), Buffer.from('often ')]
  for (let loaded = 0; loaded <= 2 ** 30; loaded += breaks.length) table.load(breaks)
  table.load(often)
  assert.equal(table.countWords(0), 0)
  assert.deepEqual(drained(table), [['often', 2, 1]])
  assert.equal(table.countWords(0), often.length)
  assert.deepEqual(drained(table), [['often', 1, 1 + 68 * breaks.length]])
  table.giveBack()
})

test('a table that was given back is empty when it is taken again, even where nobody drained it to its end', () => {
  for (const loaded of ['one two\nthree\n', 'two\n']) {
    const table = ByteTable.take()
    table.load(Buffer.from(loaded))
    table.countWords(0)
    for (const { texts, times, lines } of table.drain()) {
      assert.deepEqual([texts, [...times], [...lines]], loaded === 'two\n' ? [['two'], [1], [1]] : [['one', 'two', 'three'], [1, 1, 1], [1, 1, 2]])
      break
    }
    table.giveBack()
  }
})

test('tables at the same time know nothing of each other', () => {
  const [first, second] = [ByteTable.take(), ByteTable.take()]
  for (const [table, loaded] of [[first, 'a a\n'], [second, 'b\n']] as const) table.load(Buffer.from(loaded))
  first.countWords(0)
  second.countWords(0)
  assert.deepEqual([drained(first), drained(second)], [[['a', 2, 1]], [['b', 1, 1]]])
  for (const table of [first, second]) table.giveBack()
})

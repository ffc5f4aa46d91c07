import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { neutralised, oneLine, shortened, widthOf } from '../../src/cli/terminal-text.ts'
import { countOf, durationText, rateText } from '../../src/cli/quantities.ts'
import { parseFlags } from '../../src/cli/parameters.ts'

test('no text steers the terminal, whatever it holds', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => {
    assert.doesNotMatch(neutralised(text), /(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u)
    assert.doesNotMatch(oneLine(text), /[\n\t]/)
  }))
  assert.equal(neutralised('\u001b]0;x\u0007\u009b31m\u202eabc'), '\\x1b]0;x\\x07\\x9b31m\\u202eabc')
})

test('a text is shortened in the middle, to columns and not to characters', () => {
  assert.equal(shortened('short', 10), 'short')
  assert.equal(shortened('blur plates of all cars', 12), 'blur pla…ars')
  assert.equal(widthOf('写真'), 4)
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, columns) => assert.ok(widthOf(shortened(text, columns)) <= columns)))
})

test('quantities read well', () => {
  assert.deepEqual([840, 4_200, 42_000, 200_000, 7_500_000, 400_000_000].map(durationText), ['840 ms', '4.2 s', '42 s', '3 min 20 s', '2 h 5 min', '5 days'])
  assert.deepEqual([14_321.6, 3.21, 0.2, 0.001, 0].map(rateText), ['14,322/s', '3.2/s', '12/min', '4/h', ''])
  assert.deepEqual([1, 2, 1_000].map(count => countOf(count, 'item')), ['1 item', '2 items', '1,000 items'])
})

test('flags are read as they come; a word that is none is refused', () => {
  assert.deepEqual(Object.fromEntries(parseFlags(['--day', '2026-11-20', '--dry-run', '--at=a=b', '--offset', '-5', '--id', '1', '--id=2'])), { day: '2026-11-20', dryRun: true, at: 'a=b', offset: '-5', id: ['1', '2'] })
  assert.throws(() => parseFlags(['day']), /'day' is not understood; parameters are given as --name value/)
})

// Ranges against what they stand for: a set of whole numbers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addRange, advance, covers, type Range } from '../../src/model/ranges.ts'

const limit = 60
const added = fc.array(fc.tuple(fc.nat(limit), fc.nat(12)).map(([from, length]) => [from, from + length] as const), { maxLength: 40 })

function rangesOf(pairs: readonly (readonly [number, number])[]): { ranges: Range[]; numbers: Set<number> } {
  const ranges: Range[] = []
  const numbers = new Set<number>()
  for (const [from, to] of pairs) {
    addRange(ranges, from, to)
    for (let number = from; number < to; number++) numbers.add(number)
  }
  return { ranges, numbers }
}

function numbersIn(ranges: readonly Range[]): Set<number> {
  return new Set(ranges.flatMap(([from, to]) => Array.from({ length: to - from }, (_, index) => from + index)))
}

test('ranges added in any order hold exactly the numbers added', () => {
  fc.assert(fc.property(added, pairs => {
    const { ranges, numbers } = rangesOf(pairs)
    assert.deepEqual([...numbersIn(ranges)].toSorted((a, b) => a - b), [...numbers].toSorted((a, b) => a - b))
    for (let number = -1; number < limit + 20; number++) assert.equal(covers(ranges, number), numbers.has(number))
  }))
})

test('ranges stay ascending, not empty, disjoint and not adjacent', () => {
  fc.assert(fc.property(added, pairs => {
    const { ranges } = rangesOf(pairs)
    ranges.forEach(([from, to], index) => {
      assert.ok(from < to)
      if (index > 0) assert.ok(ranges[index - 1]![1] < from)
    })
  }))
})

test('the mark moves over all that is done without a gap, and nothing else changes', () => {
  fc.assert(fc.property(added, fc.nat(limit), (pairs, mark) => {
    const { ranges, numbers } = rangesOf(pairs)
    let expected = mark
    while (numbers.has(expected)) expected++
    assert.equal(advance(mark, ranges), expected)
    assert.deepEqual([...numbersIn(ranges)], [...numbers].filter(number => number >= expected).toSorted((a, b) => a - b))
  }))
})

test('an empty or backward range adds nothing', () => {
  const ranges: Range[] = [[3, 5]]
  addRange(ranges, 8, 8)
  addRange(ranges, 9, 7)
  assert.deepEqual(ranges, [[3, 5]])
})

test('a range that closes a gap melts both neighbours into one', () => {
  const ranges: Range[] = [[0, 2], [4, 6], [9, 10]]
  addRange(ranges, 2, 4)
  assert.deepEqual(ranges, [[0, 6], [9, 10]])
})

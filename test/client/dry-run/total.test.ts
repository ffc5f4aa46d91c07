// How many items there are in all, told from a part.
import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { totalOf, type PartSeen } from '../../../src/client/dry-run/total.ts'

const seen = (items: number, isWhole: boolean, size?: number, sizeRead?: number): PartSeen => ({ items, isWhole, size, sizeRead })

test('what was read to the end is counted', () => {
  deepEqual(totalOf(2, [seen(3, true), seen(4, true)]), { sampled: 7, total: 7, from: 'all' })
  deepEqual(totalOf(0, []), { sampled: 0, total: 0, from: 'all' })
})

test('the share of the size that was read tells the rest, also of parts that were not looked into', () => {
  deepEqual(totalOf(3, [seen(10, false, 1_000, 100), seen(10, false, 3_000, 100), seen(0, false, 1_000, 0)]), { sampled: 20, total: 500, from: 'size' })
})

test('parts of unknown size are taken to be like the others', () => {
  deepEqual(totalOf(3, [seen(10, false, 1_000, 100), seen(10, false), seen(10, false, 3_000, 100)]), { sampled: 30, total: 600, from: 'size' })
})

test('a part that was read to the end has what it has', () => {
  deepEqual(totalOf(2, [seen(5, true, 100, 100), seen(5, false, 1_000, 100)]), { sampled: 10, total: 5 + 50, from: 'size' })
})

test('without sizes the number of parts tells it, where one of them was read to the end', () => {
  deepEqual(totalOf(4, [seen(10, true), seen(20, true), seen(5, false), seen(0, false)]), { sampled: 35, total: 60, from: 'parts' })
})

test('it is never less than what was seen', () => {
  deepEqual(totalOf(2, [seen(1, true), seen(50, false)]), { sampled: 51, total: 51, from: 'parts' })
})

test('nothing is guessed where nothing tells it', () => {
  deepEqual(totalOf(2, [seen(10, false), seen(0, false)]), { sampled: 10, total: undefined, from: undefined })
})

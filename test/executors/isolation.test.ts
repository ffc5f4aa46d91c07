import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Isolation } from '../../src/executors/isolation.ts'

interface Outcome {
  readonly killers: readonly number[]
  readonly settled: readonly number[]
  readonly runs: number
}

/** Runs parts item by item; a killer takes what is unfinished of its part with it. `lostResults`: nothing a dead part did arrived. */
function isolate(items: readonly number[], isKiller: (item: number) => boolean, lostResults: boolean): Outcome {
  const isolation = new Isolation<number>()
  const killers: number[] = []
  const settled: number[] = []
  let runs = 0
  isolation.suspect(items)
  for (let part = isolation.next(); part; part = isolation.next()) {
    runs++
    const death = part.findIndex(isKiller)
    settled.push(...death < 0 ? part : lostResults ? [] : part.slice(0, death))
    if (death < 0) isolation.survived()
    else {
      const killer = isolation.died(part.slice(lostResults ? 0 : death))
      if (killer !== undefined) killers.push(killer)
    }
  }
  assert.equal(isolation.busy, false)
  return { killers, settled, runs }
}

test('one killer among 1,000 costs at most log2(1,000) + 2 runs, wherever it is', () => {
  const items = Array.from({ length: 1_000 }, (_, index) => index)
  for (const killer of items) {
    const { killers, settled, runs } = isolate(items, item => item === killer, true)
    assert.deepEqual(killers, [killer])
    assert.equal(settled.length, 999)
    assert.ok(runs <= Math.ceil(Math.log2(1_000)) + 2, `${runs} runs`)
  }
})

test('every item is settled or convicted exactly once, whatever kills, and no killer costs more than its share', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.uniqueArray(fc.nat(299), { maxLength: 12 }), fc.boolean(), (count, chosen, lost) => {
    const items = Array.from({ length: count }, (_, index) => index)
    const guilty = chosen.filter(item => item < count)
    const { killers, settled, runs } = isolate(items, item => guilty.includes(item), lost)
    assert.deepEqual(killers.toSorted((a, b) => a - b), guilty.toSorted((a, b) => a - b))
    assert.deepEqual([...settled, ...killers].toSorted((a, b) => a - b), items)
    assert.ok(runs <= Math.max(1, guilty.length) * (Math.ceil(Math.log2(count)) + 2) + 1, `${runs} runs for ${guilty.length} of ${count}`)
  }), { numRuns: 500 })
})

test('a group whose death was nobody\'s fault is settled whole', () => {
  const { killers, settled } = isolate([1, 2, 3, 4, 5], () => false, true)
  assert.deepEqual(killers, [])
  assert.deepEqual(settled.toSorted((a, b) => a - b), [1, 2, 3, 4, 5])
})

test('a part that was interrupted runs again and loses nothing', () => {
  const isolation = new Isolation<number>()
  isolation.suspect([1, 2, 3, 4])
  assert.deepEqual(isolation.next(), [1, 2])
  isolation.interrupted([2])
  assert.deepEqual(isolation.next(), [2])
  isolation.survived()
  assert.deepEqual(isolation.next(), [3])
  assert.deepEqual(isolation.drain(), [4])
})

// Where results go that have no key: evenly over the parts, and whole flights whole where that is as even.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Names } from '../../src/model/names.ts'
import { Flight } from '../../src/runtime/flight.ts'
import { isPlacedUnseen, placed, type Placing } from '../../src/runtime/placement.ts'
import { upTo } from './running.ts'

const origin = { input: 'input', lane: 0, partition: 0, complete: () => {} }

function flightOf(count: number, keys?: readonly (string | null)[]): Flight {
  const ids = Names.numbered('item:', 0, count)
  const values = upTo(count)
  return new Flight(origin, 0, { values, ids, keys, origins: ids, times: 0 }, { values }, 0)
}

const placing = (parts: number, more: Partial<Placing> = {}): Placing => ({ shards: [], parts, levelCount: 1, turn: 0, ...more })
const wholly = (flight: Flight) => ({ flight, units: upTo(flight.unitCount) })
const countsOf = (places: ReturnType<typeof placed>) => new Map(Array.from(places, ([place, shares]) => [place, shares.reduce((sum, { units }) => sum + units.length, 0)]))

test('every unit has one place; no part gets more than its run and a flight, and what fits into a run stays whole', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 8 }), fc.nat(7), (sizes, parts, turn) => {
    const flights = sizes.map(size => flightOf(size))
    const total = sizes.reduce((sum, size) => sum + size, 0)
    const run = Math.ceil(total / parts)
    const shares = [...placed(flights.map(wholly), placing(parts, { turn })).values()].flat()
    for (const flight of flights) {
      const own = shares.filter(share => share.flight === flight)
      assert.deepEqual(own.flatMap(({ units }) => units).toSorted((a, b) => a - b), upTo(flight.unitCount))
      if (flight.unitCount <= run) assert.equal(own.length, 1, `a flight of ${flight.unitCount} fits into a run of ${run}`)
    }
    for (const count of countsOf(placed(flights.map(wholly), placing(parts, { turn }))).values()) assert.ok(count < run + Math.min(run, Math.max(...sizes)), `${count} in one part, of runs of ${run}`)
  }))
})

test('one large flight is shared out evenly, the first part by turns', () => {
  assert.deepEqual(countsOf(placed([wholly(flightOf(10))], placing(4, { turn: 2 }))), new Map([[2, 3], [3, 3], [0, 3], [1, 1]]))
})

test('at three priorities, results without one are normal', () => {
  assert.deepEqual([...countsOf(placed([wholly(flightOf(4))], placing(2, { levelCount: 3 })))], [[1, 2], [4, 2]])
})

test('what has a key goes with its key, wherever it comes from', () => {
  const keys = upTo(60).map(item => `key ${item % 5}`)
  const [first, second] = [flightOf(60, keys), flightOf(60, keys)]
  assert.equal(isPlacedUnseen(placing(8), first), false)
  const placeOfKey = new Map<string, number>()
  for (const [place, shares] of placed([wholly(first), wholly(second)], placing(8))) {
    for (const { flight, units } of shares) for (const unit of units) {
      const key = flight.keyOf(unit)!
      assert.equal(placeOfKey.get(key) ?? place, place, `${key} is in two places`)
      placeOfKey.set(key, place)
    }
  }
  assert.equal(placeOfKey.size, 5)
})

test('results are looked at for shards, priorities and keys of the topic, and for nothing else', () => {
  const flight = flightOf(3)
  assert.equal(isPlacedUnseen(placing(8), flight), true)
  assert.equal(isPlacedUnseen(placing(8, { key: value => value }), flight), false)
  assert.equal(isPlacedUnseen(placing(1, { priority: () => 'high' }), flight), false)
  assert.equal(isPlacedUnseen({ shards: [{ name: 'left', weight: 1, paused: false }, { name: 'right', weight: 1, paused: false }] }, flight), false)
})

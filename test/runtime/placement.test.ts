// Where results go that have no key: evenly over the parts, and whole flights whole where that is as even.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Names } from '../../src/model/names.ts'
import { Flight } from '../../src/runtime/flight.ts'
import { EvenParts, isPlacedUnseen, placed, type Placing } from '../../src/runtime/placement.ts'
import { upTo } from './running.ts'

const origin = { input: 'input', lane: 0, partition: 0, complete: () => {} }

function flightOf(count: number, keys?: readonly (string | null)[]): Flight {
  const ids = Names.numbered('item:', 0, count)
  const values = upTo(count)
  return new Flight(origin, 0, { values, ids, keys, origins: ids, times: 0 }, { values }, 0)
}

const placing = (parts: number, more: Partial<Placing> = {}): Placing => ({ shards: [], parts, levelCount: 1, even: new EvenParts(parts, 0), ...more })
const wholly = (flight: Flight) => ({ flight, units: upTo(flight.unitCount) })
const countsOf = (places: ReturnType<typeof placed>) => new Map(Array.from(places, ([place, shares]) => [place, shares.reduce((sum, { units }) => sum + units.length, 0)]))

test('every unit has one place, and no part gets much more than another, over one commit or many', () => {
  fc.assert(fc.property(fc.array(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 10 }), fc.integer({ min: 1, max: 8 }), fc.nat(7), (commits, parts, first) => {
    const even = new EvenParts(parts, first)
    const given = Array.from({ length: parts }, () => 0)
    for (const sizes of commits) {
      const flights = sizes.map(size => flightOf(size))
      const places = placed(flights.map(wholly), placing(parts, { even }))
      for (const flight of flights) {
        const own = [...places.values()].flat().filter(share => share.flight === flight)
        assert.deepEqual(own.flatMap(({ units }) => units).toSorted((a, b) => a - b), upTo(flight.unitCount))
      }
      for (const [place, count] of countsOf(places)) given[place]! += count
      const mean = given.reduce((sum, count) => sum + count, 0) / parts
      assert.ok(Math.max(...given) - Math.min(...given) <= Math.max(Math.ceil(50 / parts), mean / 8), given.join(' '))
    }
  }))
})

test('one large flight is shared out evenly; once there was much, flights stay whole', () => {
  const even = new EvenParts(4, 2)
  assert.deepEqual(countsOf(placed([wholly(flightOf(10))], placing(4, { even }))), new Map([[2, 3], [3, 3], [0, 3], [1, 1]]))
  for (let count = 0; count < 40; count++) placed([wholly(flightOf(10))], placing(4, { even }))
  const flights = upTo(8).map(() => flightOf(10))
  const places = placed(flights.map(wholly), placing(4, { even }))
  for (const flight of flights) assert.equal([...places.values()].flat().filter(share => share.flight === flight).length, 1)
  assert.equal(places.size, 4)
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

// What a flight tells of its items as finished, against a plain list of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeValues } from '../../src/model/items.ts'
import { Names } from '../../src/model/names.ts'
import { Flight, passed, type Harvest } from '../../src/runtime/flight.ts'
import { upTo } from './running.ts'

const origin = { input: 'input', lane: 0, partition: 0, complete: () => {} }
const offset = 40

function flightOf(count: number, skip?: (item: number) => boolean): Flight {
  const ids = Names.numbered('item:', 0, count)
  const values = upTo(count)
  return new Flight(origin, offset, { values, ids, origins: ids, times: 0 }, { values }, 0, skip)
}

const itemsIn = ({ ranges }: Harvest) => ranges.flatMap(([from, to]) => upTo(to - from).map(index => from - offset + index))

/** Units in the order they finish, some of them followed by a harvest. */
const finishes = fc.integer({ min: 1, max: 12 }).chain(count => fc.record({
  count: fc.constant(count),
  order: fc.oneof(fc.constant(upTo(count)), fc.shuffledSubarray([...upTo(count)], { minLength: count })),
  harvestAfter: fc.array(fc.boolean(), { minLength: count, maxLength: count }),
  skipped: fc.subarray([...upTo(count)]),
}))

test('every item is harvested once, with the others that have finished since, in order and in ranges that are not adjacent', () => {
  fc.assert(fc.property(finishes, fc.boolean(), ({ count, order, harvestAfter, skipped }, skips) => {
    const isSkipped = (item: number) => skips && skipped.includes(item)
    const flight = flightOf(count, skips ? isSkipped : undefined)
    let since: number[] = []
    for (const unit of order) {
      if (isSkipped(unit)) continue
      assert.equal(flight.isDone, false)
      flight.settle(unit, `result ${unit}`)
      since.push(unit)
      assert.equal(flight.hasHarvest, true)
      if (!harvestAfter[unit]) continue
      assertHarvest(flight.harvest(), since, count)
      since = []
      assert.equal(flight.hasHarvest, false)
    }
    assert.equal(flight.isDone, true)
    assertHarvest(flight.harvest(), since, count)
  }))
})

function assertHarvest(harvest: Harvest, finished: readonly number[], count: number): void {
  const expected = finished.toSorted((a, b) => a - b)
  assert.deepEqual([...harvest.units], expected)
  assert.deepEqual(itemsIn(harvest), expected)
  assert.equal(harvest.itemCount, expected.length)
  assert.equal(harvest.isWhole, expected.length === count)
  harvest.ranges.forEach(([from, to], index) => assert.ok(from < to && (index === 0 || from > harvest.ranges[index - 1]![1])))
}

test('a flight is untouched until something becomes of a unit, or was before', () => {
  const flight = flightOf(3)
  assert.equal(flight.isUntouched, true)
  flight.settle(1, 'result')
  assert.equal(flight.isUntouched, false)
  assert.equal(flightOf(3, item => item === 0).isUntouched, false)
})

test('a flight that is settled at once tells what one does whose units are settled one by one', () => {
  const ids = Names.numbered('item:', 0, 6)
  const items = { values: upTo(6), ids, origins: ids, times: 0 }
  for (const parents of [undefined, [0, 0, 2, 4, 4, 4], [1, 2, 3], []]) {
    const units = { values: upTo(parents?.length ?? 6), parents }
    for (const results of [undefined, units.values.map(n => (n === 1 ? undefined : `result ${n}`))]) {
      const [one, all] = [new Flight(origin, offset, items, units, 0), new Flight(origin, offset, items, units, 0)]
      for (const unit of units.values) one.settle(unit, results?.[unit] ?? passed)
      all.settleAll(results)
      assert.equal(all.isDone, true)
      assert.deepEqual([all.results, { ...all.harvest(), flight: undefined }, all.hasHarvest], [one.results, { ...one.harvest(), flight: undefined }, one.hasHarvest])
    }
  }
})

test('a flight that is done keeps its results as text alone, and gives each of them from it', () => {
  let forgotten = 0
  const ids = Names.numbered('item:', 0, 3)
  const values = [1, 2, 3]
  const flight = new Flight(origin, offset, { values, ids, origins: ids, times: 0 }, { values, forgetValues: () => { forgotten++ } }, 0)
  flight.settle(0, 'one')
  flight.keepText(given => encodeValues(given))
  assert.deepEqual([flight.text, forgotten], [undefined, 0], 'not all of it is done')
  flight.settle(2, passed)
  flight.settle(1, { two: 2n })
  flight.keepText(() => undefined)
  assert.deepEqual([flight.text, forgotten, flight.resultOf(0)], [undefined, 0, 'one'], 'it has no text')
  flight.keepText(given => encodeValues(given))
  assert.deepEqual([flight.text, forgotten, flight.results], [encodeValues(['one', { two: 2n }, 3]), 1, []])
  flight.settle(1, 'again')
  assert.deepEqual(upTo(3).map(unit => flight.resultOf(unit)), ['one', { two: 2n }, 3])
  assert.equal(flight.harvest().isWhole, true)
})

test('a flight of which something was harvested, or is dropped, keeps its results as they are', () => {
  const [harvested, failed] = [flightOf(2), flightOf(2)]
  harvested.settle(0, 'one')
  harvested.harvest()
  harvested.settle(1, 'two')
  failed.settle(0, 'one')
  failed.fail(1, { attempts: 1, dueAt: 0, history: [] })
  for (const flight of [harvested, failed]) {
    flight.keepText(given => encodeValues(given))
    assert.deepEqual([flight.text, flight.resultOf(0)], [undefined, 'one'])
  }
})

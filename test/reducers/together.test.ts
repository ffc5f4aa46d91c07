import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { count } from '../../src/reducers/count.ts'
import { distinct } from '../../src/reducers/distinct.ts'
import { latest } from '../../src/reducers/latest.ts'
import { quantiles } from '../../src/reducers/quantiles.ts'
import { sum } from '../../src/reducers/sum.ts'
import { together } from '../../src/reducers/together.ts'
import { topK } from '../../src/reducers/top-k.ts'
import { entriesOf, inParts, inSequence, schedules } from './partition.ts'

interface Hit { readonly bytes: number; readonly visitor: string }
const parts = {
  hits: count(),
  bytes: sum((hit: Hit) => hit.bytes),
  visitors: distinct((hit: Hit) => hit.visitor),
  median: quantiles((hit: Hit) => hit.bytes, [0.5]),
  largest: topK(2, (hit: Hit) => hit.bytes),
  last: latest<Hit>(),
}

test('together gives what each reducer gives alone, whatever the split', () => {
  const hits = fc.array(fc.record<Hit>({ bytes: fc.oneof(fc.integer(), fc.double({ noNaN: true })), visitor: fc.string() }, { noNullPrototype: true }))
  fc.assert(fc.property(hits, schedules, (items, schedule) => {
    const entries = entriesOf(items)
    const all = together<Hit, typeof parts>(parts)
    const { hits, bytes, ...others } = all.extract(inParts(all, entries, schedule))
    assert.equal(hits, items.length)
    assert.equal(bytes, parts.bytes.extract(inSequence(parts.bytes, entries)))
    assert.equal(others.visitors, new Set(items.map(hit => hit.visitor)).size)
    assert.deepEqual(others.median, parts.median.extract(inSequence(parts.median, entries)))
    assert.deepEqual(others.largest.map(hit => hit.bytes + 0), items.map(hit => hit.bytes + 0).toSorted((a, b) => b < a ? -1 : b > a ? 1 : 0).slice(0, 2))
    assert.deepEqual(others.last, parts.last.extract(inSequence(parts.last, entries)))
  }))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FencedError } from '../../src/model/errors.ts'
import { nothingDelivered, undelivered, withChunk } from '../../src/sinks/delivered.ts'
import { chunkAt, chunkOf } from './writing.ts'

test('whatever comes again, in whatever chunks, each offset is delivered once', () => {
  const chunk = fc.uniqueArray(fc.nat(30), { minLength: 1 }).map(offsets => offsets.toSorted((a, b) => a - b))
  fc.assert(fc.property(fc.array(chunk), chunks => {
    let delivered = nothingDelivered
    const written: number[] = []
    for (const offsets of chunks) {
      // Each offset gives two items.
      const next = chunkAt(offsets.flatMap(offset => [[offset, offset], [offset, offset]] as const))
      written.push(...undelivered(next, delivered))
      delivered = withChunk(next, delivered)
    }
    const all = [...new Set(chunks.flat())].toSorted((a, b) => a - b)
    assert.deepEqual(written.toSorted((a, b) => a - b), all.flatMap(offset => [offset, offset]))
  }), { numRuns: 1_000 })
})

test('an older owner is refused, and a newer one is remembered though it brings nothing new', () => {
  const delivered = withChunk(chunkOf(0, ['a'], { epoch: 3 }), nothingDelivered)
  assert.throws(() => undelivered(chunkOf(1, ['b'], { epoch: 2 }), delivered), FencedError)
  assert.equal(withChunk(chunkOf(0, ['a'], { epoch: 3 }), delivered), delivered)
  assert.equal(withChunk(chunkOf(0, ['a'], { epoch: 4 }), delivered).epoch, 4)
})

// The note of what a sink has written: what fits into an offset's metadata, and what is forgotten when it does not.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { DeliveredNote } from '../../src/connectors/kafka/delivered-note.ts'

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

test('a note says what it said when it is read again', () => {
  const note = new DeliveredNote().with(3, [[0, 2], [10, 12]]).with(4, [[2 ** 40, 2 ** 40 + 5]])
  const again = DeliveredNote.from(note.text)
  equal(again.epoch, 4)
  deepEqual([0, 1, 2, 9, 10, 11, 12, 2 ** 40 - 1, 2 ** 40, 2 ** 40 + 4, 2 ** 40 + 5].filter(offset => again.covers(offset)), [0, 1, 10, 11, 2 ** 40, 2 ** 40 + 4])
  equal(DeliveredNote.from('').covers(0), false)
})

test('ranges that touch or overlap become one, whatever order they came in', () => {
  const note = new DeliveredNote().with(1, [[5, 8]]).with(1, [[0, 2]]).with(1, [[2, 6]])
  equal(note.text, new DeliveredNote().with(1, [[0, 8]]).text)
})

test('what was written last stays, however much there is: at least twelve writes of a thousand items of which half were dropped', () => {
  // Gaps that follow no rule take the most room.
  let seed = 1
  const isThere = () => ((seed = (seed * 48_271) % 2_147_483_647) & 64) === 0
  const writes = upTo(60).map(write => upTo(1_000).filter(isThere).map(offset => [write * 2 ** 33 + offset, write * 2 ** 33 + offset + 1] as const))
  let note = new DeliveredNote()
  for (const ranges of writes) note = DeliveredNote.from(note.with(1, ranges).text)
  ok(note.text.length <= 4_000, `${note.text.length} characters`)
  const kept = writes.map(ranges => ranges.every(([from]) => note.covers(from)))
  deepEqual(kept.slice(-12), kept.slice(-12).map(() => true))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { plain } from '../../src/cli/colours.ts'
import { frameOf } from '../../src/cli/display/stage-bars.ts'
import { widthOf } from '../../src/cli/terminal-text.ts'
import type { StageProgress } from '../../src/telemetry/progress.ts'

const beginning = { pipeline: 'parking', run: 3, isEndless: false, isResumed: false, isJoining: false, store: '.batchwork' }

function stage(name: string, changes: Partial<Omit<StageProgress, 'counts'>> & { readonly counts?: Partial<StageProgress['counts']> } = {}): StageProgress {
  const counts = { in: 0, out: 0, done: 0, failed: 0, dropped: 0, duplicates: 0, retried: 0, inFlight: 0, waiting: 0, ...changes.counts }
  return { name, state: 'working', total: undefined, perSecond: 0, leftMs: undefined, ...changes, counts }
}

test('a frame shows a bar for each stage: how many of how many, failed, rate, time left', () => {
  const stages = [
    stage('photos', { state: 'ended', total: 200, counts: { in: 200 } }),
    stage('blur', { total: 200, perSecond: 14, leftMs: 7_000, counts: { in: 100, failed: 2, retried: 1, inFlight: 4 } }),
    stage('delete', { state: 'shut', counts: { waiting: 98 } }),
  ]
  assert.deepEqual(frameOf(beginning, { stages, elapsedMs: 62_000, memoryBytes: 210_000_000 }, { columns: 110, rows: 30 }, plain), [
    'parking · run 3 · 1:02 · 4 at work · memory 210 MB',
    `✔ photos  ${'━'.repeat(30)}  200`,
    `▸ blur    ${'━'.repeat(15)}${'─'.repeat(15)}  100 of 200  2 failed  14/s  7.0 s left  1 retried  4 at work`,
    `‖ delete  ${'┄'.repeat(30)}  behind a barrier, 98 waiting`,
  ])
})

test('no line is wider than the terminal, and no frame higher, whatever the names', () => {
  const name = fc.oneof(fc.string({ minLength: 1, unit: 'grapheme' }), fc.constantFrom('写真をぼかす処理のステージ', 'a'.repeat(90), '👩‍👩‍👧 family', '\u001b[2J'))
  const stages = fc.array(fc.record({ name, state: fc.constantFrom('waiting', 'shut', 'working', 'resting', 'ended'), read: fc.nat(), total: fc.option(fc.nat(), { nil: undefined }) }), { minLength: 1, maxLength: 40 })
  fc.assert(fc.property(stages, fc.integer({ min: 20, max: 200 }), fc.integer({ min: 6, max: 60 }), name, (given, columns, rows, pipeline) => {
    const shown = given.map(({ name: each, state, read, total }) => stage(each, { state, total, perSecond: read / 7, leftMs: read, counts: { in: read, failed: read % 3, retried: read % 5, inFlight: read % 7 } }))
    const frame = frameOf({ ...beginning, pipeline }, { stages: shown, elapsedMs: 1_000, memoryBytes: 1 }, { columns, rows }, plain)
    assert.ok(frame.length < rows)
    for (const line of frame) {
      assert.ok(widthOf(line) <= columns, `${widthOf(line)} of ${columns}: ${line}`)
      assert.doesNotMatch(line, /\p{Cc}/u)
    }
  }))
})

test('where there is no room for all stages, those at work are shown and the others counted', () => {
  const stages = Array.from({ length: 20 }, (_, index) => stage(`stage ${index}`, { state: index === 17 ? 'working' : 'ended' }))
  const frame = frameOf(beginning, { stages, elapsedMs: 0, memoryBytes: 0 }, { columns: 80, rows: 8 }, plain)
  assert.ok(frame.some(line => line.includes('stage 17')))
  assert.equal(frame.at(-1), '  … and 16 more stages at rest')
})

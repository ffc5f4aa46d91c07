import assert from 'node:assert/strict'
import { test } from 'node:test'
import { items, pipeline } from 'batchwork'
import { planFor } from '../../src/client/run-pipeline.ts'
import type { StageCounts } from '../../src/runtime/counts.ts'
import { ProgressMeter } from '../../src/telemetry/progress.ts'

const plan = planFor(pipeline('measured', flow => {
  flow.source('input', items([1])).work('first', (item: number) => item).barrier('gate').work('second', () => {})
}))

const counts = (changes: Partial<StageCounts>): StageCounts => ({ in: 0, out: 0, done: 0, failed: 0, dropped: 0, duplicates: 0, retried: 0, inFlight: 0, waiting: 0, ...changes })
const sight = (first: Partial<StageCounts>, second: Partial<StageCounts>, ended: readonly string[] = []) => ({ counts: { first: counts(first), second: counts(second) }, ended: new Set(ended) })

test('the rate is that of the last ten seconds', () => {
  const meter = new ProgressMeter(plan)
  meter.measure(sight({ in: 0 }, {}), 0)
  assert.equal(meter.measure(sight({ in: 100 }, {}), 1_000)[0]!.perSecond, 100)
  assert.equal(meter.measure(sight({ in: 100 }, {}), 5_000)[0]!.perSecond, 20)
  meter.measure(sight({ in: 100 }, {}), 12_000)
  assert.equal(meter.measure(sight({ in: 100 }, {}), 16_000)[0]!.perSecond, 0)
})

test('how many come in all, and how long that takes, is known once all before a stage have ended', () => {
  const meter = new ProgressMeter(plan)
  const [, before] = meter.measure(sight({ in: 50, out: 50 }, {}), 0)
  assert.deepEqual([before!.total, before!.leftMs, before!.state], [undefined, undefined, 'shut'])
  const [first, after] = meter.measure(sight({ in: 200, out: 190 }, { in: 40, inFlight: 3 }, ['first']), 2_000)
  assert.deepEqual([first!.total, first!.leftMs, first!.state], [200, undefined, 'ended'])
  assert.deepEqual([after!.total, after!.perSecond, after!.leftMs, after!.state], [190, 20, 7_500, 'working'])
})

// Runs that several processes share keep what one process keeps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedRun } from './shared-run.ts'

const seeds = Number(process.env['SHARED_SEEDS'] ?? 200)
const from = Number(process.env['SHARED_FROM'] ?? 1)

void test(`processes that come, go and die share a run, and every item comes out once: ${seeds} seeds`, async () => {
  for (let seed = from; seed < from + seeds; seed++) {
    const { report, results, totals, failures, shape, events } = await sharedRun(seed)
    const isWhole = shape.poisons.size === 0 || shape.hasBarrier
    const expected = isWhole ? shape.expected : shape.expected.filter((_, index) => !shape.poisons.has(index))
    const context = `seed ${seed}: ${shape.text}\n${events.join('\n')}`
    assert.deepEqual(results.toSorted((a: any, b: any) => a - b), expected, context)
    assert.deepEqual(totals, [expected.reduce((sum, each) => sum + each, 0)], context)
    assert.equal(failures.length, isWhole ? 0 : shape.poisons.size, context)
    assert.equal(report.outcome, isWhole ? 'completed' : 'completed-with-failures', context)
    assert.ok(report.balanced, `${context}\n${JSON.stringify(report.stages)}`)
  }
})

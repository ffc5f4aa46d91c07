// Holds what a shared run gave against what went in.
import assert from 'node:assert/strict'
import { itemOf, limitedTo, valueStep } from './shared-pipeline.ts'
import type { SharedRun } from './shared-run.ts'
import { mustBeMended } from './shared-shape.ts'

export function judge({ shape, made, reports, outputs, failures, taken, isCalm }: SharedRun): void {
  const results = outputs['results'] as readonly number[]
  const failed = failures.map(({ item }) => item as number).toSorted(ascending)
  assert.deepEqual(results.map(itemOf).toSorted(ascending), taken.filter(item => !failed.includes(item)).toSorted(ascending), 'each item that did not fail is among the results once')
  assert.ok(new Set(results.map(value => value - itemOf(value))).size <= 1, 'each item went through each stage once')
  assert.deepEqual(failed, made.isMended() ? failed.filter(item => shape.poisons.includes(item)) : shape.poisons.toSorted(ascending), 'what failed')
  if (mustBeMended(shape)) assert.deepEqual(failed, [])
  judgeSums(results, outputs)
  if (shape.ends.includes('sink')) assert.deepEqual(made.sink.values.toSorted(ascending), results.toSorted(ascending), 'the sink has each result once')
  if (shape.ends.includes('sink') && !shape.isEndless) assert.equal(made.sink.finishedAt.at(-1), results.length, 'the sink was told of the end when it had all')
  if (outputs['handedOver']) assert.deepEqual(outputs['handedOver'].toSorted(ascending as never), results.map(value => value + valueStep).toSorted(ascending), 'the topic has each result once')
  if (outputs['refused']) assert.ok(failed.every(item => outputs['refused']!.includes(item)) && outputs['refused'].every(item => shape.poisons.includes(item as number)), 'what failed is read as such')
  if (isCalm) assert.ok(made.atOnceMax() <= limitedTo, `${made.atOnceMax()} were at work at once, where ${limitedTo} may be`)
  if (isCalm) assert.ok(made.atOnceByKeyMax() <= 1, `${made.atOnceByKeyMax()} of one key were at work at once`)
  if (shape.isEndless) return
  for (const report of reports) assert.ok(report.balanced, `the report balances: ${JSON.stringify(report.stages)}`)
  if (reports.length > 0) assert.equal(reports.at(-1)!.outcome, failed.length > 0 ? 'completed-with-failures' : 'completed')
}

/** A round that came after a redrive gives a corrected sum after the first. */
function judgeSums(results: readonly number[], { totals, counts }: SharedRun['outputs']): void {
  const sum = results.reduce((all, value) => all + value, 0)
  assert.equal(totals!.at(-1) ?? 0, sum, `the sum: ${JSON.stringify(totals)}`)
  if (!counts) return
  const last = new Map((counts as readonly { readonly key: number; readonly value: number }[]).map(({ key, value }) => [key, value]))
  const expected = Map.groupBy(results, value => value % 5)
  assert.deepEqual([...last].toSorted(([a], [b]) => a - b), Array.from(expected, ([key, values]) => [key, values.length] as const).toSorted(([a], [b]) => a - b), 'the counts by key')
}

function ascending(a: number, b: number): number {
  return a - b
}

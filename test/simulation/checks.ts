// What must hold of every run, whatever went wrong in it.
import assert from 'node:assert/strict'
import type { Simulated } from '../../src/testing/simulate.ts'
import type { StageCounts } from '../../src/runtime/counts.ts'
import type { Composed } from './random-pipelines.ts'

/** Everything that came out, order aside. */
export function resultsOf({ outputs, failures, report, written }: Simulated<any>, { sinks, topics }: Composed): unknown {
  const sorted = (values: readonly unknown[]) => values.map(value => JSON.stringify(value)).toSorted()
  return {
    outcome: report.outcome,
    outputs: Object.fromEntries(Object.entries(outputs as Record<string, readonly unknown[]>).map(([name, values]) => [name, sorted(values)])),
    sinks: Object.fromEntries(sinks.map(sink => [sink, sorted(written(sink))])),
    topics: Object.fromEntries(topics.map(each => [each.name, sorted(written(each))])),
    failures: sorted(failures.map(({ stage, item, reason }) => ({ stage, item, reason }))),
  }
}

export function checkConservation({ report, failures }: Simulated<any>): void {
  assert.equal(report.balanced, true, 'the report does not balance')
  for (const [stage, counts] of Object.entries(report.stages)) checkStage(stage, counts, failures.filter(failure => failure.stage === stage).length, report.outcome === 'stopped')
}

function checkStage(stage: string, counts: StageCounts, failures: number, isStopped: boolean): void {
  assert.equal(counts.failed, failures, `${stage} counts ${counts.failed} failed, and the dead letters hold ${failures}`)
  for (const [name, value] of Object.entries(counts)) assert.ok(value >= 0, `${stage} counts ${value} ${name}`)
  assert.equal(counts.inFlight, 0, `${stage} has items in flight`)
  if (!isStopped) assert.equal(counts.waiting, 0, `${counts.waiting} items wait for ${stage}`)
  if (!isStopped) assert.ok(counts.done + counts.failed + counts.dropped >= counts.in, `${stage}: ${JSON.stringify(counts)}`)
}

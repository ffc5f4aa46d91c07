// From a sample to the whole, on the plans of real pipelines with counts and times made up.
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { count, items, pipeline, type Flow } from 'batchwork'
import { forecastOf, type Seen } from '../../../src/client/dry-run/forecast.ts'
import { planFor } from '../../../src/client/run-pipeline.ts'

interface Made {
  readonly in: number
  readonly failed?: number
  readonly perSecond?: number
  readonly workers?: number
  readonly isBlocking?: boolean
}

function forecast(build: (flow: Flow) => void, sources: Seen['sources'], stages: Readonly<Record<string, Made>>) {
  const made = ({ in: read, failed = 0, perSecond, workers = 1, isBlocking = false }: Made): Seen['stages'][string] => ({
    counts: { in: read, out: read, done: read - failed, failed, dropped: 0, duplicates: 0, retried: 0, inFlight: 0, waiting: 0 }, calls: read,
    time: perSecond === undefined ? undefined : { meanMs: workers / perSecond * 1_000, p95Ms: 0, workers, perSecond, isBlocking },
  })
  return forecastOf({ plan: planFor(pipeline('p', flow => build(flow))), sources, stages: Object.fromEntries(Object.entries(stages).map(([name, stage]) => [name, made(stage)])) })
}

const numbers = (flow: Flow, name = 'numbers') => flow.source(name, items([1]))

test('items, dead letters and time grow with the whole; stages run beside each other', () => {
  deepEqual(forecast(flow => { numbers(flow).work('a', () => {}).work('b', () => {}) }, { numbers: { sampled: 100, total: 5_000 } }, { a: { in: 100, failed: 2, perSecond: 10, workers: 4 }, b: { in: 98, perSecond: 49 } }), {
    stages: { a: { items: 5_000, deadLetters: 100, durationMs: 500_000 }, b: { items: 4_900, deadLetters: 0, durationMs: 100_000 } },
    durationMs: 500_000, deadLetters: 100, bottleneck: { stage: 'a', workers: 4, next: { stage: 'b', workers: 20 } },
  })
})

test('what keeps the process adds up', () => {
  const { durationMs } = forecast(flow => { numbers(flow).work('a', () => {}).work('b', () => {}) }, { numbers: { sampled: 10, total: 100 } }, { a: { in: 10, perSecond: 10, isBlocking: true }, b: { in: 10, perSecond: 20, isBlocking: true } })
  equal(durationMs, 15_000)
})

test('what is behind a barrier begins when all before it is done', () => {
  const { durationMs } = forecast(flow => {
    numbers(flow).work('a', () => {}).barrier('all').work('b', () => {}).work('c', () => {})
  }, { numbers: { sampled: 10, total: 100 } }, { a: { in: 10, perSecond: 10 }, b: { in: 10, perSecond: 20 }, c: { in: 10, perSecond: 25 }, numbers: { in: 10 } })
  equal(durationMs, 15_000)
})

test('what comes out of a reduce is not foretold', () => {
  const { stages } = forecast(flow => { numbers(flow).keyBy(n => n).reduce('sums', count()).work('store', () => {}) }, { numbers: { sampled: 10, total: 100 } }, { sums: { in: 10, perSecond: 10 }, store: { in: 3, perSecond: 1 } })
  deepEqual(Object.keys(stages), ['sums'])
})

test('several sources count together, and one of unknown size leaves out what reads it', () => {
  const build = (flow: Flow) => {
    flow.merge('both', [numbers(flow, 'x'), numbers(flow, 'y')]).work('a', () => {})
    numbers(flow, 'z').work('b', () => {})
  }
  const made = forecast(build, { x: { sampled: 10, total: 10 }, y: { sampled: 10, total: 90 }, z: { sampled: 10, total: undefined } }, { a: { in: 20 }, b: { in: 10 } })
  deepEqual(made, { stages: { a: { items: 100, deadLetters: 0, durationMs: undefined } }, durationMs: undefined, deadLetters: undefined, bottleneck: undefined })
})

test('an empty source takes no time', () => {
  const { durationMs, stages } = forecast(flow => { numbers(flow).work('a', () => {}) }, { numbers: { sampled: 0, total: 0 } }, { a: { in: 0 } })
  equal(durationMs, 0)
  equal(stages['a']!.items, 0)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decideScaling, verdictText, type QueueMeasures, type ScalingLimits } from '../../src/policies/scaling.ts'

const measures = fc.record<QueueMeasures>({
  processingMs: fc.option(fc.double({ min: 0.1, max: 1e7, noNaN: true }), { nil: undefined }),
  interarrivalMs: fc.option(fc.double({ min: 0.1, max: 1e7, noNaN: true }), { nil: undefined }),
  backlog: fc.nat(1_000_000),
  parallelism: fc.integer({ min: 1, max: 5_000 }),
})
const limits = fc.record<ScalingLimits>({
  parallelismMax: fc.integer({ min: 1, max: 10_000 }),
  headroom: fc.double({ min: 0, max: 0.9, noNaN: true }),
  drainWithinMs: fc.option(fc.double({ min: 1, max: 1e8, noNaN: true }), { nil: undefined }),
})

test('parallelism is a whole number from 1 to the cap', () => {
  fc.assert(fc.property(measures, limits, (given, bounds) => {
    const { parallelism } = decideScaling(given, bounds)
    assert.ok(Number.isInteger(parallelism) && parallelism >= 1 && parallelism <= bounds.parallelismMax, String(parallelism))
  }))
})

test('a larger backlog never means fewer workers', () => {
  fc.assert(fc.property(measures, limits, fc.nat(100_000), (given, bounds, more) => {
    assert.ok(decideScaling({ ...given, backlog: given.backlog + more }, bounds).parallelism >= decideScaling(given, bounds).parallelism)
  }))
})

test('less time for the backlog never means fewer workers', () => {
  fc.assert(fc.property(measures, limits, fc.double({ min: 1, max: 1e8, noNaN: true }), fc.double({ min: 0.01, max: 1, noNaN: true }), (given, bounds, drainWithinMs, share) => {
    const hurried = decideScaling(given, { ...bounds, drainWithinMs: drainWithinMs * share })
    assert.ok(hurried.parallelism >= decideScaling(given, { ...bounds, drainWithinMs }).parallelism)
  }))
})

test('what is decided keeps up, with the headroom, or is the cap', () => {
  fc.assert(fc.property(measures, limits, (given, bounds) => {
    fc.pre(given.processingMs !== undefined && given.interarrivalMs !== undefined)
    const { parallelism } = decideScaling(given, bounds)
    const isEnough = given.processingMs / parallelism <= given.interarrivalMs * (1 - bounds.headroom) * (1 + 1e-6)
    assert.ok(isEnough || parallelism === bounds.parallelismMax)
  }))
})

test('more headroom never means fewer workers, slower items neither', () => {
  fc.assert(fc.property(measures, limits, (given, bounds) => {
    fc.pre(given.processingMs !== undefined)
    const { parallelism } = decideScaling(given, bounds)
    assert.ok(decideScaling(given, { ...bounds, headroom: bounds.headroom + 0.05 }).parallelism >= parallelism)
    assert.ok(decideScaling({ ...given, processingMs: given.processingMs * 1.5 }, bounds).parallelism >= parallelism)
  }))
})

test('workers are given up by a quarter at most', () => {
  fc.assert(fc.property(measures, limits, (given, bounds) => {
    const before = Math.min(given.parallelism, bounds.parallelismMax)
    assert.ok(decideScaling(given, bounds).parallelism >= Math.floor(before * 0.75))
  }))
})

test('with the parallelism decided on a backlog is drained in time, unless the cap is too low', () => {
  fc.assert(fc.property(measures, limits, (given, bounds) => {
    fc.pre(given.processingMs !== undefined && bounds.drainWithinMs !== undefined && bounds.drainWithinMs >= given.processingMs)
    const { parallelism, drainedInMs } = decideScaling(given, bounds)
    assert.ok(parallelism === bounds.parallelismMax || drainedInMs! <= bounds.drainWithinMs * (1 + 1e-6))
  }))
})

const wide = { parallelismMax: 100, headroom: 0.2 }

test('the verdict is of the parallelism there is: keeping up, balanced, losing ground by so many', () => {
  const verdictOf = (parallelism: number) => verdictText(decideScaling({ processingMs: 10_000, interarrivalMs: 1_000, backlog: 5, parallelism }, wide))
  assert.equal(verdictOf(13), 'keeping up')
  assert.equal(verdictOf(12), 'balanced with no slack')
  assert.equal(verdictOf(10), 'balanced with no slack')
  assert.equal(verdictOf(8), 'losing ground by 12 items/min')
})

test('where nothing more comes and no time is given a backlog gets all the workers there may be', () => {
  const { parallelism } = decideScaling({ processingMs: 1_000, interarrivalMs: undefined, backlog: 1_000, parallelism: 4 }, wide)
  assert.equal(parallelism, 100)
})

test('before an item is done nothing is decided but the bounds', () => {
  const { parallelism, verdict } = decideScaling({ processingMs: undefined, interarrivalMs: 10, backlog: 1_000, parallelism: 400 }, wide)
  assert.deepEqual({ parallelism, verdict }, { parallelism: 100, verdict: 'unknown' })
})

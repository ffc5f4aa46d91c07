import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { excusedForMs, judgedMin, probeAfterMs, probesToRecover, ShardHealth, spilledMin, type AttemptOutcome } from '../../src/policies/shard-health.ts'

const made = (options: Partial<ConstructorParameters<typeof ShardHealth>[0]> = {}) => new ShardHealth({ shards: 4, spillAbove: 0.5, ...options })

function attempts(health: ShardHealth, shard: number, count: number, outcome: AttemptOutcome, now = 0): void {
  for (let index = 0; index < count; index++) health.attempted(shard, outcome, now)
}

function broken(): ShardHealth {
  const health = made()
  for (const shard of [1, 2, 3]) attempts(health, shard, 20, 'done')
  attempts(health, 0, judgedMin, 'failed')
  assert.ok(health.isUnhealthy(0))
  return health
}

test('a shard that fails while the others do well is unhealthy after twenty attempts', () => {
  const health = made()
  for (const shard of [1, 2, 3]) attempts(health, shard, 20, 'done')
  attempts(health, 0, judgedMin - 1, 'failed')
  assert.deepEqual([health.isUnhealthy(0), health.isSuspect(0, 0)], [false, true])
  attempts(health, 0, 1, 'failed')
  assert.ok(health.isUnhealthy(0))
  assert.ok([1, 2, 3].every(shard => !health.isUnhealthy(shard)))
})

test('never are more shards unhealthy than do well, whatever happens', () => {
  const event = fc.record({ shard: fc.nat(3), outcome: fc.constantFrom<AttemptOutcome>('done', 'failed', 'neither'), count: fc.integer({ min: 1, max: 25 }), passMs: fc.nat(60_000) })
  fc.assert(fc.property(fc.array(event, { maxLength: 60 }), events => {
    const health = made()
    let now = 0
    for (const { shard, outcome, count, passMs } of events) {
      attempts(health, shard, count, outcome, (now += passMs))
      assert.ok([0, 1, 2, 3].filter(each => health.isUnhealthy(each)).length <= 2)
    }
  }))
})

test('where all fail it is the items, and what says nothing about the worker does not count', () => {
  const health = made()
  for (let count = 0; count < 100; count++) for (const shard of [0, 1, 2, 3]) health.attempted(shard, 'failed', 0)
  assert.equal(health.hasUnhealthy, false)
  const other = made()
  for (const shard of [1, 2, 3]) attempts(other, shard, 20, 'done')
  attempts(other, 0, 100, 'neither')
  assert.equal(other.hasUnhealthy, false)
})

test('old attempts are forgotten', () => {
  const health = made()
  for (const shard of [1, 2, 3]) attempts(health, shard, 20, 'done', 3_600_000)
  attempts(health, 0, judgedMin - 1, 'failed', 0)
  attempts(health, 0, 1, 'failed', 3_600_000)
  assert.equal(health.hasUnhealthy, false)
})

test('one probe at a time, the next later where it failed; five that succeed in a row end it', () => {
  const health = broken()
  assert.deepEqual([health.mayStart(0, 0), health.mayStart(0, probeAfterMs), health.mayStart(1, 0)], [false, true, true])
  health.probeStarted(0)
  assert.equal(health.mayStart(0, probeAfterMs), false)
  health.probed(0, 'failed', probeAfterMs)
  assert.deepEqual([health.mayStart(0, probeAfterMs), health.nextProbeAt], [false, 2 * probeAfterMs])
  const now = 2 * probeAfterMs
  for (let probe = 1; probe <= probesToRecover; probe++) {
    health.probeStarted(0)
    assert.equal(health.probed(0, 'done', now) !== undefined, probe === probesToRecover)
  }
  assert.deepEqual([health.isUnhealthy(0), health.spilledMax], [false, 0])
})

test('a shard whose items fail elsewhere too keeps them, and is not judged again for a while', () => {
  const health = broken()
  for (let count = 1; count <= spilledMin; count++) health.spilledAttempted(0, 'failed', 0)
  assert.equal(health.isUnhealthy(0), false)
  attempts(health, 0, 40, 'failed', excusedForMs - 1)
  assert.deepEqual([health.hasUnhealthy, health.isSuspect(0, excusedForMs - 1)], [false, false])
  for (const shard of [1, 2, 3]) attempts(health, shard, 20, 'done', excusedForMs)
  attempts(health, 0, 1, 'failed', excusedForMs)
  assert.ok(health.isUnhealthy(0))
})

test('the others are given a few items, and more as they do them', () => {
  const health = broken()
  const first = health.spilledMax
  for (let count = 0; count < 400; count++) health.spilledAttempted(0, 'done', 0)
  assert.deepEqual([first, health.spilledMax], [20, 120])
  for (let count = 0; count < 100_000; count++) health.spilledAttempted(0, 'done', 0)
  assert.equal(health.spilledMax, 2_000)
})

test('what was known before a restart is known after it', () => {
  const health = made({ conditions: new Map([[2, { kind: 'unhealthy', since: 0, why: 'it failed' }], [3, { kind: 'excused', since: 0, until: 100 }]]) })
  assert.deepEqual([0, 1, 2, 3].map(shard => health.isUnhealthy(shard)), [false, false, true, false])
  assert.equal(health.mayStart(2, 0), true, 'it may probe at once')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { attemptsMin, failuresMin, Rollout, type RolloutRules } from '../../src/policies/rollout.ts'
import { generator } from '../../src/reducers/seeded-random.ts'

const rules: RolloutRules = { fingerprint: 'one', order: ['a', 'b', 'c'], soakMs: 1_000 }
const never = () => false

/** What happens to a rollout: attempts in the shards, and time that passes. */
const event = fc.oneof(
  fc.record({ shard: fc.constantFrom('a', 'b', 'c'), hasFailed: fc.boolean() }),
  fc.record({ passMs: fc.integer({ min: 1, max: 2_000 }) }),
)

function play(rollout: Rollout, events: readonly (typeof event extends fc.Arbitrary<infer E> ? E : never)[], from = 0): number {
  let now = from
  for (const each of events) {
    if ('passMs' in each) rollout.advance((now += each.passMs), never)
    else rollout.attempted(each.shard, rollout.workerOf(each.shard), each.hasFailed, now)
  }
  return now
}

test('shards move in their order, and none before the one before has soaked and finished enough', () => {
  const rollout = new Rollout(rules, undefined, 0)
  assert.deepEqual(['a', 'b', 'c'].map(shard => rollout.workerOf(shard)), ['new', 'old', 'old'])
  assert.equal(rollout.advance(999_999, never), false)
  for (let count = 0; count < attemptsMin; count++) rollout.attempted('a', 'new', false, 500)
  assert.deepEqual([rollout.advance(999, never), rollout.advance(1_000, never)], [false, true])
  assert.deepEqual(['a', 'b', 'c'].map(shard => rollout.workerOf(shard)), ['new', 'new', 'old'])
  assert.equal(rollout.advance(2_000, shard => shard === 'a'), false, 'it is the shard on trial that must have ended')
  assert.equal(rollout.advance(2_000, shard => shard === 'b'), true)
  assert.equal(rollout.advance(3_000, () => true), true)
  assert.deepEqual([rollout.record.status, rollout.workerOf('a'), rollout.isOnTrial], ['done', 'new', false])
})

test('whatever happens: moved shards are the first of the order, one more at a time, and what is over stays over', () => {
  fc.assert(fc.property(fc.array(event, { maxLength: 400 }), events => {
    const rollout = new Rollout(rules, undefined, 0)
    let now = 0
    for (const each of events) {
      const before = rollout.record
      now = play(rollout, [each], now)
      const { moved, status } = rollout.record
      assert.deepEqual(moved, rules.order.slice(0, moved.length))
      assert.ok(moved.length - before.moved.length <= 1)
      if (before.status !== 'rolling') assert.equal(rollout.record, before)
      if (status === 'rolled-back') assert.ok(rules.order.every(shard => rollout.workerOf(shard) === 'old'))
    }
  }))
})

test('a restart at any moment goes on with the same shards', () => {
  fc.assert(fc.property(fc.array(event, { maxLength: 200 }), events => {
    const rollout = new Rollout(rules, undefined, 0)
    const now = play(rollout, events)
    const again = new Rollout(rules, structuredClone(rollout.record), now)
    for (const shard of rules.order) assert.equal(again.workerOf(shard), rollout.workerOf(shard))
    assert.deepEqual(again.record, rollout.record)
  }))
})

test('other rules or another worker begin anew', () => {
  const done = { fingerprint: 'one', status: 'rolled-back', moved: ['a'], since: 0, old: { attempts: 9, failed: 9 } } as const
  const { status, moved, old } = new Rollout({ ...rules, fingerprint: 'two' }, done, 5).record
  assert.deepEqual([status, moved, old], ['rolling', ['a'], { attempts: 0, failed: 0 }])
})

test('fewer failures than five are chance; a version that always fails is rolled back soon, whatever the old one did', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1_000 }), fc.double({ min: 0, max: 0.6, noNaN: true }), (attempts, share) => {
    const rollout = new Rollout(rules, { fingerprint: 'one', status: 'rolling', moved: ['a'], since: 0, old: { attempts, failed: Math.floor(attempts * share) } }, 0)
    let failures = 0
    while (!rollout.attempted('a', 'new', true, 0)) failures++
    assert.ok(failures + 1 >= failuresMin && failures < 40, `${failures}`)
  }))
})

test('a share that was given holds, however often the old worker fails', () => {
  const rollout = new Rollout({ ...rules, rollBackAbove: 0.05 }, { fingerprint: 'one', status: 'rolling', moved: ['a'], since: 0, old: { attempts: 100, failed: 90 } }, 0)
  for (let count = 0; count < 95; count++) rollout.attempted('a', 'new', false, 0)
  for (let count = 0; count < 5; count++) assert.equal(rollout.attempted('a', 'new', true, 0), false)
  assert.equal(rollout.attempted('a', 'new', true, 0), true)
})

test('a new version that fails as often as the old one is seldom rolled back', () => {
  let rolledBack = 0
  for (let seed = 0; seed < 200; seed++) {
    const random = generator(seed)
    const fails = () => random() < 0.25
    const rollout = new Rollout(rules, undefined, 0)
    for (let count = 0; count < 300; count++) {
      for (const shard of ['b', 'c']) rollout.attempted(shard, 'old', fails(), 0)
      rollout.attempted('a', 'new', fails(), 0)
    }
    if (rollout.record.status === 'rolled-back') rolledBack++
  }
  assert.ok(rolledBack <= 10, `${rolledBack} of 200`)
})

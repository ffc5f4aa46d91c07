import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KeyGate } from '../../src/policies/key-gate.ts'

test('with a share of one a key runs one after the other, in the order they came, and other keys do not wait', () => {
  const gate = new KeyGate<string>(1)
  assert.deepEqual([gate.enter('a', 'a1'), gate.enter('a', 'a2'), gate.enter('b', 'b1'), gate.enter('a', 'a3')], [true, false, true, false])
  assert.equal(gate.parkedCount, 2)
  assert.deepEqual([gate.leave('a'), gate.leave('b'), gate.leave('a'), gate.leave('a')], ['a2', undefined, 'a3', undefined])
  assert.equal(gate.parkedCount, 0)
  assert.equal(gate.enter('a', 'a4'), true)
})

/** Each step enters a new piece of work on a key, or ends the oldest or newest that runs on it. */
const steps = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), does: fc.constantFrom('enter', 'enter', 'end oldest', 'end newest') }), { maxLength: 80 })

test('no key has more than its share at work, none waits while it has room, and each starts in the order it came', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), steps, (share, given) => {
    const gate = new KeyGate<number>(share)
    const came = new Map<string, number[]>()
    const started = new Map<string, number[]>()
    const running = new Map<string, number[]>()
    const of = (map: Map<string, number[]>, key: string) => map.get(key) ?? map.set(key, []).get(key)!
    const start = (key: string, work: number) => { of(started, key).push(work); of(running, key).push(work) }
    given.forEach(({ key, does }, work) => {
      if (does === 'enter') {
        of(came, key).push(work)
        if (gate.enter(key, work)) start(key, work)
      } else if (of(running, key).length > 0) {
        if (does === 'end oldest') of(running, key).shift()
        else of(running, key).pop()
        const next = gate.leave(key)
        if (next !== undefined) start(key, next)
      }
      const waiting = of(came, key).length - of(started, key).length
      assert.ok(of(running, key).length <= share)
      assert.ok(waiting === 0 || of(running, key).length === share)
      assert.deepEqual(of(started, key), of(came, key).slice(0, of(started, key).length))
      assert.equal(gate.parkedCount, ['a', 'b', 'c'].reduce((sum, each) => sum + of(came, each).length - of(started, each).length, 0))
    })
  }))
})

// Limits under a clock that moves only when told to.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Clock, Timer } from '../../src/clock.ts'
import { Limiter, type LimitOptions } from '../../src/policies/limiter.ts'

class ManualClock implements Clock {
  #time = 0
  #timers: { readonly at: number; readonly callback: () => void }[] = []
  /** How much later than asked each timer fires. */
  readonly #lateMs: () => number

  constructor(lateMs: () => number = () => 0) {
    this.#lateMs = lateMs
  }

  get timerCount(): number { return this.#timers.length }
  now(): number { return this.#time }
  monotonic(): number { return this.#time }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { at: this.#time + delayMs + this.#lateMs(), callback }
    this.#timers.push(timer)
    return { cancel: () => void (this.#timers = this.#timers.filter(each => each !== timer)) }
  }

  moveTo(time: number): void {
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= time).toSorted((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#timers = this.#timers.filter(each => each !== next)
      this.#time = Math.max(this.#time, next.at)
      next.callback()
    }
    this.#time = Math.max(this.#time, time)
  }
}

/** A stage that always has `demand` items left to start, and holds each for `workMs`. */
class Worker {
  readonly starts: number[] = []
  readonly #clock: ManualClock
  readonly #limiter: Limiter
  readonly #workMs: number
  running = 0
  most = 0
  demand = 0

  constructor(clock: ManualClock, options: LimitOptions, workMs = 0) {
    this.#clock = clock
    this.#limiter = new Limiter(options, clock)
    this.#workMs = workMs
  }

  readonly go = (): void => {
    while (this.demand > 0 && this.#limiter.tryAcquire(this.go)) {
      this.demand--
      this.starts.push(this.#clock.now())
      this.most = Math.max(this.most, ++this.running)
      this.#clock.after(this.#workMs, () => {
        this.running--
        this.#limiter.release()
      })
    }
  }

  add(count: number): void {
    this.demand += count
    this.go()
  }
}

function mostWithin(starts: readonly number[], windowMs: number): number {
  return Math.max(0, ...starts.map(from => starts.filter(start => start >= from && start < from + windowMs).length))
}

/** Pauses, in milliseconds, and how many items come after each. */
const arrivals = fc.array(fc.record({ pauseMs: fc.nat(3_000), count: fc.nat(30) }), { maxLength: 12 })

function play(worker: Worker, clock: ManualClock, given: readonly { readonly pauseMs: number; readonly count: number }[]): void {
  for (const { pauseMs, count } of given) {
    clock.moveTo(clock.now() + pauseMs)
    worker.add(count)
  }
  clock.moveTo(clock.now() + 1_000_000)
}

test('no second has more starts than the limit allows, however items come and however they rested before', () => {
  // Limits whose interval is whole milliseconds: timers round up to them.
  fc.assert(fc.property(fc.constantFrom(0.5, 1, 2, 4, 5, 10, 20, 50, 100, 200, 500, 1_000), arrivals, fc.nat(2_000), (perSecond, given, workMs) => {
    const clock = new ManualClock()
    const worker = new Worker(clock, { perSecond }, workMs)
    play(worker, clock, given)
    assert.equal(worker.demand, 0)
    assert.ok(mostWithin(worker.starts, 1_000) <= Math.ceil(perSecond), `${mostWithin(worker.starts, 1_000)} in a second`)
  }))
})

test('an item that comes after a rest leaves the whole interval to the next', () => {
  const clock = new ManualClock()
  const worker = new Worker(clock, { perSecond: 1 })
  play(worker, clock, [{ pauseMs: 5_000, count: 3 }, { pauseMs: 10_000, count: 2 }])
  assert.deepEqual(worker.starts.map((start, index) => start - (worker.starts[index - 1] ?? start)).toSpliced(3, 1), [0, 1_000, 1_000, 1_000])
})

test('timers that fire late are caught up with, at most 20 ms of them, so that the rate is reached', () => {
  const clock = new ManualClock(() => 7)
  const worker = new Worker(clock, { perSecond: 1_000 })
  worker.add(5_000)
  clock.moveTo(4_000)
  const reached = worker.starts.length / 4
  assert.ok(reached > 990, `${reached} a second`)
  assert.ok(mostWithin(worker.starts, 1_000) <= 1_000 + 20)
})

test('never more than the concurrency run at once, and as many as that while there is work', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), arrivals, fc.integer({ min: 1, max: 500 }), (concurrency, given, workMs) => {
    const clock = new ManualClock()
    const worker = new Worker(clock, { concurrency }, workMs)
    play(worker, clock, given)
    assert.deepEqual([worker.demand, worker.running], [0, 0])
    assert.equal(worker.most <= concurrency, true)
    assert.ok(worker.most === Math.min(concurrency, Math.max(0, ...given.map(({ count }) => count))) || given.length > 1)
  }))
})

test('a rate and a concurrency hold together', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), fc.constantFrom(1, 10, 100), arrivals, fc.nat(700), (concurrency, perSecond, given, workMs) => {
    const clock = new ManualClock()
    const worker = new Worker(clock, { concurrency, perSecond }, workMs)
    play(worker, clock, given)
    assert.deepEqual([worker.demand, worker.running], [0, 0])
    assert.ok(worker.most <= concurrency && mostWithin(worker.starts, 1_000) <= perSecond)
  }))
})

test('who was refused is woken once, by a release', () => {
  const clock = new ManualClock()
  const limiter = new Limiter({ concurrency: 1 }, clock)
  let woken = 0
  const wake = () => void woken++
  assert.equal(limiter.tryAcquire(wake), true)
  assert.deepEqual([limiter.tryAcquire(wake), limiter.tryAcquire(wake), clock.timerCount], [false, false, 0])
  limiter.release()
  assert.equal(woken, 1)
  assert.equal(limiter.tryAcquire(wake), true)
  limiter.release()
  assert.equal(woken, 1)
})

test('who was refused is woken by the clock, and all who wait with one timer', () => {
  const clock = new ManualClock()
  const limiter = new Limiter({ perSecond: 10 }, clock)
  const woken: string[] = []
  limiter.tryAcquire(() => woken.push('never'))
  for (const name of ['a', 'b', 'a']) assert.equal(limiter.tryAcquire(() => woken.push(name)), false)
  assert.equal(clock.timerCount, 1)
  clock.moveTo(99)
  assert.deepEqual(woken, [])
  clock.moveTo(100)
  assert.deepEqual([woken, clock.timerCount], [['a', 'b', 'a'], 0])
})

test('a limiter is idle when nothing runs and the next may start', () => {
  const clock = new ManualClock()
  const limiter = new Limiter({ perSecond: 10, concurrency: 2 }, clock)
  assert.equal(limiter.isIdle, true)
  limiter.tryAcquire(() => {})
  clock.moveTo(100)
  assert.equal(limiter.isIdle, false)
  limiter.release()
  assert.equal(limiter.isIdle, true)
  limiter.tryAcquire(() => {})
  limiter.release()
  assert.equal(limiter.isIdle, false)
})

// How long an item takes, from when calls began and ended.
import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { timeOf, type Call, type Crew } from '../../../src/client/dry-run/times.ts'

const crew: Crew = { workers: 1, loadsFirst: false, isBlocking: false, perSecondMax: Infinity, beforeMs: 0 }
const call = (beganMs: number, endedMs: number, items = 1): Call => ({ beganMs, endedMs, items })
const inRow = (count: number, lengthMs: number) => Array.from({ length: count }, (_, index) => call(index * lengthMs, (index + 1) * lengthMs))

test('nothing called has no time', () => equal(timeOf([], crew), undefined))

test('workers that wait beside each other do as many times as much', () => {
  const time = timeOf([call(0, 100), call(0, 100), call(0, 100), call(0, 100)], { ...crew, workers: 8 })!
  equal(time.meanMs, 100)
  equal(time.perSecond, 80)
})

test('what keeps the process is done one after the other, with the operators before it', () => {
  const time = timeOf(inRow(10, 4), { ...crew, workers: 16, isBlocking: true, beforeMs: 1 })!
  equal(time.workers, 1)
  equal(time.meanMs, 5)
  equal(time.perSecond, 200)
})

test('loading the module is not what an item takes, unless there is nothing else to tell it from', () => {
  const [first, others] = [[call(0, 500), call(0, 510)], [call(500, 510), call(510, 520)]]
  equal(timeOf([...first, ...others], { ...crew, workers: 2, loadsFirst: true })!.meanMs, 10)
  equal(timeOf([...first, call(500, 530), call(530, 550), call(550, 560), call(560, 570)], { ...crew, loadsFirst: true })!.meanMs, 10)
  equal(timeOf(first, { ...crew, workers: 2, loadsFirst: true })!.meanMs, 505)
})

test('items that wait in a thread behind others take no longer for it', () => {
  const batch = Array.from({ length: 100 }, (_, index) => call(0, index + 1))
  const time = timeOf(batch, crew)!
  equal(time.perSecond, 1_000)
  equal(time.meanMs, 1)
})

test('the time of a call with many items is shared by them', () => {
  const time = timeOf([call(0, 100, 10), call(100, 300, 10)], crew)!
  equal(time.meanMs, 15)
  equal(time.p95Ms, 20)
})

test('95 of 100 take less than the p95', () => equal(timeOf([...inRow(95, 1), call(95, 195), ...inRow(4, 300)], crew)!.p95Ms, 100))

test('a limit on the rate bounds it', () => equal(timeOf(inRow(10, 1), { ...crew, perSecondMax: 7 })!.perSecond, 7))

test('what took no time that could be measured has a finite rate', () => equal(Number.isFinite(timeOf([call(1, 1), call(1, 1)], crew)!.perSecond), true))

test('what was begun before counts for the rate when it ends, and not for the time of an item', () => {
  const queued = [call(0, 10), ...Array.from({ length: 20 }, (_, index) => call(10 + index, 20 + index))]
  const time = timeOf(queued, { ...crew, loadsFirst: true })!
  equal(time.perSecond, 1_000)
})

import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { taskRanges } from '../../src/runtime/map-reduce-tasks.ts'
import { upTo } from './running.ts'

test('every split that is not done is in one task, those that are done in none', () => {
  fc.assert(fc.property(fc.array(fc.boolean(), { maxLength: 1_000 }), fc.integer({ min: 1, max: 20 }), (done, tasksAtOnce) => {
    const taken = taskRanges(done.length, tasksAtOnce, index => done[index]!).flatMap(([from, to]) => upTo(to - from).map(index => from + index))
    deepEqual(taken, upTo(done.length).filter(index => !done[index]))
  }))
})

test('splits are taken together only where there are many for each thread', () => {
  const sizes = (splits: number, tasksAtOnce: number) => new Set(taskRanges(splits, tasksAtOnce, () => false).map(([from, to]) => to - from))
  deepEqual(sizes(5, 3), new Set([1]))
  deepEqual(sizes(16, 3), new Set([2]))
  deepEqual(sizes(48, 3), new Set([4]))
  ok(taskRanges(1_000, 3, () => false).length <= 64)
})

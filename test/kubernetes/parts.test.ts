// The parts of the Kubernetes executor that compute: laws, on random input.
import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { allot } from '../../src/queue/kubernetes/allotment.ts'
import { chunksOf, checkItem } from '../../src/queue/kubernetes/chunking.ts'
import { chunkConfigMap } from '../../src/queue/kubernetes/chunk-objects.ts'
import { formatIndexes, parseIndexes } from '../../src/queue/kubernetes/indexes.ts'
import { KnownNames } from '../../src/queue/kubernetes/known-names.ts'
import { packNames, unpackNames } from '../../src/queue/kubernetes/packing.ts'
import { intervalsOf } from './simulated/job-controller.ts'

test('known names are those that were added and not deleted', () => {
  const names = fc.constantFrom(...Array.from({ length: 40 }, (_, index) => `n${index}`))
  fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), names), { maxLength: 4_000 }), steps => {
    const known = new KnownNames()
    const expected = new Set<string>()
    for (const [isAdded, name] of steps) {
      if (isAdded) known.add(name)
      else known.delete(name)
      if (isAdded) expected.add(name)
      else expected.delete(name)
    }
    equal(known.size, expected.size)
    for (let index = 0; index < 40; index++) equal(known.has(`n${index}`), expected.has(`n${index}`))
  }), { numRuns: 50 })
})

test('a hundred thousand names are known, and no others', () => {
  const known = new KnownNames()
  for (let index = 0; index < 100_000; index++) known.add(`name ${index}`)
  equal(known.size, 100_000)
  for (let index = 0; index < 100_000; index += 7) ok(known.has(`name ${index}`))
  for (let index = 100_000; index < 110_000; index++) ok(!known.has(`name ${index}`))
})

test('names are unpacked as they were packed', () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 30 })), names => deepEqual(unpackNames(packNames(names)), names)))
})

test('an interval list says which indexes, as the Job controller writes it and as we do', () => {
  fc.assert(fc.property(fc.uint8Array({ max: 1, maxLength: 60 }), ends => {
    const expected = new Set([...ends.keys()].filter(index => ends[index] === 1))
    deepEqual(parseIndexes(intervalsOf(ends, 1), 60), expected)
    deepEqual(parseIndexes(formatIndexes(expected), 60), expected)
  }))
})

test('an interval list that is none is refused', () => {
  for (const text of ['a', '1-', '3-2', '60', '1,,2']) throws(() => parseIndexes(text, 60), RangeError)
})

test('places given out are never more than allowed, and no Job gets more than it has items left', () => {
  const running = fc.array(fc.record({ parallelism: fc.integer({ min: 1, max: 50 }), left: fc.integer({ min: 0, max: 2_000 }) }), { maxLength: 6 })
  fc.assert(fc.property(running, fc.integer({ min: 1, max: 200 }), fc.boolean(), (jobs, parallelism, isMoreWaiting) => {
    const named = jobs.map((job, index) => ({ ...job, name: String(index) }))
    const { places, raised } = allot(named, parallelism, isMoreWaiting)
    const after = named.map(job => ({ ...job, parallelism: raised.find(({ name }) => name === job.name)?.parallelism ?? job.parallelism }))
    const before = named.reduce((sum, job) => sum + Math.min(job.parallelism, job.left), 0)
    const taken = after.reduce((sum, job) => sum + Math.min(job.parallelism, job.left), 0)
    ok(taken + places <= Math.max(before, parallelism))
    ok(raised.every(({ name, parallelism: now }) => now <= named[Number(name)]!.left))
    ok(isMoreWaiting || places === 0)
  }))
})

test('where nothing is at work and something waits, it is given all places', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 500 }), parallelism => equal(allot([], parallelism, true).places, parallelism)))
})

test('chunks hold every item once, in order, and fit into a ConfigMap and its annotations', () => {
  const item = fc.record({ name: fc.string({ unit: 'binary', minLength: 1, maxLength: 253 }), size: fc.integer({ min: 0, max: 300_000 }) })
  fc.assert(fc.property(fc.array(item, { maxLength: 30 }), fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 3 }), (sizes, itemsPerJob, itemsPerPod) => {
    const items = sizes.map(({ name, size }) => ({ name, document: JSON.stringify('x'.repeat(size)) }))
    const chunks = [...chunksOf(items, itemsPerJob)]
    deepEqual(chunks.flat(), items)
    for (const chunk of chunks) {
      const { data = {}, metadata } = chunkConfigMap('queue', 'queue-1-1', chunk, itemsPerPod, [])
      ok(chunk.length <= itemsPerJob)
      ok(Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0) <= 1_048_576)
      ok(JSON.stringify(metadata.annotations).length < 262_144)
    }
  }), { numRuns: 40 })
})

test('an item that no ConfigMap can hold is refused with its size', () => {
  throws(() => checkItem({ name: 'big', document: 'x'.repeat(900_001) }), /the item 'big' has 900001 bytes/)
})

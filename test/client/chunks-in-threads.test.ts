// Workers of chunks in real threads and processes: the chunk goes whole, and what it gives comes back item by item.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect, type Failure, type Pipeline } from '../../src/index.ts'
import { blocking, byKey, inProcesses, inThreads, killer, killing, meeting, numbers, refused, thrown, type Told } from './fixtures/chunks-in-threads.ts'

async function ran(t: TestContext, pipeline: Pipeline<any, any>) {
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-chunks-'))
  t.after(() => rmSync(folder, { recursive: true }))
  await using client = await connect({ engine: folder })
  const report = await client.run(pipeline)
  const told: Told[] = []
  for await (const each of report.read('told') as AsyncIterable<Told>) told.push(each)
  const failures: Failure<unknown>[] = []
  for await (const failure of report.failures()) failures.push(failure)
  return { told: told.toSorted((a, b) => a.n - b.n), failures: failures.toSorted((a, b) => Number(a.item) - Number(b.item)) }
}

for (const [where, pipeline] of [['threads', inThreads], ['processes', inProcesses]] as const) {
  test(`${where} get whole chunks, and an error for one item fails that item alone`, async t => {
    const { told, failures } = await ran(t, pipeline)
    assert.deepEqual(told.map(({ n }) => n), numbers.filter(n => n !== refused && n !== thrown))
    const unsearched = told.filter(({ n }) => n < 20 || n >= 30)
    assert.deepEqual([...new Set(unsearched.map(({ among }) => among))], [10])
    assert.ok(told.every(({ place }) => place !== `${process.pid}/0`), 'some ran in the main thread')
    assert.deepEqual(told.map(({ n, id }) => id.endsWith(`:${n}`)), told.map(() => true))
    assert.deepEqual(failures.map(({ item, reason, error }) => [item, reason, error.message]), [[refused, 'permanent', `not ${refused}`], [thrown, 'permanent', `${thrown} is among them`]])
  })
}

test('chunks that were read together are at work together, one in each thread', async t => {
  const { told, failures } = await ran(t, meeting)
  assert.deepEqual(failures, [])
  assert.equal(new Set(told.map(({ place }) => place)).size, 2)
})

test('where items of a key follow each other, a worker of chunks in threads gets one at a time', async t => {
  const { told } = await ran(t, byKey)
  assert.ok(told.every(({ among }) => among === 1))
  assert.equal(told.length, numbers.length - 2)
})

test('a chunk that takes longer than the timeout fails, and what is quick in it goes on', async t => {
  const { failures } = await ran(t, blocking)
  assert.deepEqual(failures.map(({ item, error }) => [item, error.name]), [[2, 'TimeoutError']])
})

test('an item that ends its thread is found in its chunk, and the others are done', async t => {
  const { told, failures } = await ran(t, killing)
  assert.deepEqual(failures.map(({ item, error }) => [item, error.name]), [[refused, 'PermanentError'], [killer, 'CrashedError']])
  assert.equal(told.length, numbers.length - 2)
})

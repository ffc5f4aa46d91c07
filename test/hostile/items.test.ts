import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect, embedded, topic, type Client, type Pipeline } from '../../src/index.ts'
import { messageLine } from '../../src/cli/display/message-line.ts'
import { plain } from '../../src/cli/colours.ts'
import { hostileTexts, hostileValues, isThorough, valueOf } from './corpus.ts'
import * as pipelines from './fixtures/pipelines.ts'

async function client(t: TestContext): Promise<Client> {
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-hostile-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const made = await connect({ engine: embedded(join(folder, 'store'), { durability: 'relaxed' }) })
  t.after(() => made[Symbol.asyncDispose]())
  return made
}

/** Every item is done or set aside, and each that is set aside says why. */
async function assertAccounted(work: Client, pipeline: Pipeline<any, any>, stage: string): Promise<{ readonly done: number; readonly failed: number }> {
  const report = await work.run(pipeline as Pipeline<void, {}>, { onMessage: message => void messageLine(message, plain) })
  assert.match(report.outcome, /^completed/, report.reasons.join())
  assert.equal(report.balanced, true)
  let failed = 0
  for await (const failure of report.failures()) {
    failed++
    assert.equal(typeof failure.error.name, 'string')
    assert.equal(typeof failure.error.message, 'string')
    assert.ok(failure.error.message.length < 30_000)
  }
  const counts = report.stages[stage]!
  assert.equal(counts.in, pipelines.lightValues.length)
  assert.equal(counts.done + counts.failed, counts.in)
  assert.equal(failed, Object.values(report.stages).reduce((sum, each) => sum + each.failed, 0))
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  return { done: counts.done, failed: counts.failed }
}

const { returnedInline, returnedInThreads, returnedInProcesses, thrownInline, thrownInThreads, thrownInProcesses, thrownInErrors, said, keyed, summed, read } = pipelines

// Results and errors go the same way from threads as from processes, so one of each will do.
for (const [how, pipeline] of Object.entries({ 'in this process': returnedInline, 'in a process': returnedInProcesses, ...(isThorough && { 'in a thread': returnedInThreads }) })) {
  test(`whatever a worker ${how} gives back is stored, or set aside with its reason`, async t => {
    const { done, failed } = await assertAccounted(await client(t), pipeline, 'make')
    assert.ok(done > 20 && failed > 15, `${done} done, ${failed} failed`)
  })
}

for (const [how, pipeline] of Object.entries({ 'in this process': thrownInline, 'in a thread': thrownInThreads, ...(isThorough && { 'in a process': thrownInProcesses }) })) {
  test(`whatever a worker ${how} throws, its item is set aside with a reason`, async t => {
    const { done } = await assertAccounted(await client(t), pipeline, 'throw')
    assert.equal(done, 0)
  })
}

test('an error with anything for its name, message, stack, cause, code and reason is told of as text', async t => {
  assert.equal((await assertAccounted(await client(t), thrownInErrors, 'throw')).done, 0)
})

test('a worker may log anything, and its item does not fail for it', async t => {
  assert.equal((await assertAccounted(await client(t), said, 'say')).failed, 0)
})

test('an item whose key is no text and no number is set aside', async t => {
  await assertAccounted(await client(t), keyed, 'count')
})

test('an item whose number is none is set aside, and the sum of the others stands', async t => {
  await assertAccounted(await client(t), summed, 'sum')
})

test('a source may give anything: each item is worked on or set aside', async t => {
  await assertAccounted(await client(t), read, 'look')
})

test('what does not fit a schema is set aside with that reason, whatever it is', async t => {
  const report = await (await client(t)).run(pipelines.misfitting)
  assert.equal(report.balanced, true)
  const reasons: string[] = []
  for await (const { reason, error } of report.failures()) {
    reasons.push(reason)
    assert.ok(error.message.length < 30_000)
  }
  assert.equal(reasons.length, pipelines.lightValues.length)
  assert.deepEqual([...new Set(reasons)], ['schema'])
})

/** Seconds each. */
const slow = new Set(['doubled sixty times, with minus zero', 'a million characters a thousand times'])

test('what is published is stored and comes back, or is refused to the publisher alone', async t => {
  const publisher = await client(t)
  const letters = topic<unknown>('letters')
  const values = isThorough ? hostileValues : hostileValues.filter(({ name }) => !slow.has(name))
  const results = await Promise.allSettled(values.map(async value => publisher.publish(letters, valueOf(value))))
  const refused = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
  assert.ok(refused.length > 20, `${refused.length} refused`)
  for (const { reason } of refused) assert.ok(reason instanceof Error && reason.message !== '' && reason.message.length < 10_000)
  assert.equal((await publisher.publish(letters, 'one more')).duplicate, false)
})

test('ids are told apart however odd they are', async t => {
  const publisher = await client(t)
  const letters = topic<string>('letters')
  const ids = [...new Set(hostileTexts.map(({ text }) => text).filter(text => text !== ''))]
  const receipts = await Promise.all(ids.map(id => publisher.publish(letters, 'letter', { id })))
  assert.deepEqual(receipts.filter(({ duplicate }) => duplicate), [])
  assert.deepEqual(receipts.map(({ id }) => id), ids)
  const again = await Promise.all(ids.map(id => publisher.publish(letters, 'letter', { id })))
  assert.equal(again.every(({ duplicate }) => duplicate), true)
})

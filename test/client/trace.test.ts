// Traces read from outcome records in a real log.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { traceOf } from '../../src/client/trace.ts'
import { MemoryLog, MemoryStore } from '../../src/logs/memory/memory-log.ts'
import { encodeItems } from '../../src/model/items.ts'
import { Names } from '../../src/model/names.ts'
import type { OutcomeRecord } from '../../src/runtime/outcomes.ts'
import { VirtualClock } from '../engines/virtual-clock.ts'

const error = { name: 'Error', message: 'no answer' }
const records: readonly OutcomeRecord[] = [
  { stage: 'pack', flights: [{ startedAt: 400, done: Names.numbered('photos:', 0, 3, '/blur/0').toJSON() }] },
  {
    stage: 'blur', flights: [
      {
        startedAt: 100, done: Names.of(['photos:0', 'photos:1']).toJSON(), dropped: Names.of(['photos:7']).toJSON(),
        failed: [{ id: 'photos:2', attempt: 1, at: 150, error, next: 'retry', dueAt: 200 }, { id: 'photos:3', attempt: 3, at: 150, error, next: 'dead', dueAt: 150 }],
      },
      { startedAt: 250, done: Names.of(['photos:5', 'photos:2']).toJSON(), attempts: [4, 2] },
    ],
  },
]

async function traced(id: string) {
  const clock = new VirtualClock()
  const log = new MemoryLog(new MemoryStore({ clock, random: () => 0 }))
  const names = ['shop/1//outcomes', 'shop/1/other']
  await log.createTopics(names.map(name => ({ name, partitions: 1, subscriptions: [] })))
  for (const record of records) await log.append({ topic: names[0]!, partition: 0, chunk: encodeItems({ values: [JSON.stringify(record)] }) })
  await log.append({ topic: names[1]!, partition: 0, chunk: encodeItems({ values: ['not an outcome'] }) })
  const steps = await traceOf(log, id)
  await log.close()
  for (const { at } of steps) assert.deepEqual(at, new Date(clock.now()))
  return steps.map(step => [step.stage, step.id, step.attempt, step.startedAt.getTime(), step.event])
}

test('the steps of an item and of what came of it are told in the order they began', async () => {
  assert.deepEqual(await traced('photos:2'), [
    ['blur', 'photos:2', 1, 100, 'failed, again after 1970-01-01T00:00:00.200Z: Error: no answer'],
    ['blur', 'photos:2', 2, 250, 'done'],
    ['pack', 'photos:2/blur/0', 1, 400, 'done'],
  ])
})

test('what an item came of is told with it', async () => {
  assert.deepEqual(await traced('photos:1/blur/0'), [['blur', 'photos:1', 1, 100, 'done'], ['pack', 'photos:1/blur/0', 1, 400, 'done']])
})

test('items that failed for good, and those dropped, say so', async () => {
  assert.deepEqual(await traced('photos:3'), [['blur', 'photos:3', 3, 100, 'failed for good: Error: no answer']])
  assert.deepEqual(await traced('photos:7'), [['blur', 'photos:7', 1, 100, 'dropped by a filter or route']])
})

test('an item that nobody saw has no steps, nor has one that only begins alike', async () => {
  for (const id of ['photos:99', 'photos:', 'photos', '']) assert.deepEqual(await traced(id), [])
})

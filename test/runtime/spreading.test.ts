// What has no item it came of (the results of a reduce) reaches every lane of the work behind it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOn } from '../../src/client/client.ts'
import { inlineExecutor } from '../../src/executors/inline.ts'
import { items, pipeline, count } from '../../src/index.ts'
import type { Commit } from '../../src/log.ts'
import { likeKafka, MemoryLog, MemoryStore } from '../../src/logs/memory/memory-log.ts'
import { endOf } from '../../src/model/items.ts'
import { generator } from '../../src/reducers/seeded-random.ts'
import { World } from '../../src/testing/world.ts'
import { sorted, upTo } from './running.ts'

test('the results of a reduce are spread over the parts that work behind it reads', async () => {
  const world = new World()
  const given = [0, 0, 0, 0]
  const committed = ({ appends }: Commit) => {
    for (const { topic, partition, chunk } of appends) if (topic.endsWith('/counts') && !endOf(chunk)) given[partition]! += chunk.count
  }
  const observer = { created: () => {}, deleted: () => {}, appended: () => {}, trimmed: () => {}, committed }
  const store = new MemoryStore({ ...likeKafka, clock: world.clock, random: generator(1), parts: 4, observer })
  const log = new MemoryLog(store)
  const client = clientOn(log, { clock: world.clock, random: generator(2), executorFor: ({ worker }, capacity) => inlineExecutor(worker as never, capacity) })
  const values: number[] = []
  const counts = pipeline('test', flow => {
    flow.source('numbers', items(upTo(40))).keyBy(n => n).reduce('counts', count()).work('look', ({ key }) => void values.push(key))
  })
  const report = await world.until(client.run(counts))
  assert.equal(report.outcome, 'completed')
  assert.deepEqual(sorted(values), upTo(40))
  assert.equal(given.reduce((sum, count) => sum + count), 40)
  assert.ok(Math.min(...given) >= 5, `the parts were given ${given.join(', ')}`)
  world.clock.stop()
})

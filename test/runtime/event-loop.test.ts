// That a stage at work lets others have the event loop: commits, reads and timers wait for it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOn } from '../../src/client/client.ts'
import { realClock } from '../../src/client/real-clock.ts'
import { items, pipeline } from '../../src/index.ts'
import { MemoryLog, MemoryStore } from '../../src/logs/memory/memory-log.ts'
import { generator } from '../../src/reducers/seeded-random.ts'
import { upTo } from './running.ts'

/** A turn lasts 10 ms, and a look at the clock is taken every 256 units. */
const unitMs = 0.05
const unitsMax = 10 / unitMs + 256

function spin(): void {
  for (const beganMs = performance.now(); performance.now() - beganMs < unitMs;);
}

/** Most units begun between two turns of the event loop. */
async function mostInATurn(work: () => unknown): Promise<number> {
  const log = new MemoryLog(new MemoryStore({ clock: realClock, random: generator(1), observer: { created: () => {}, deleted: () => {}, appended: () => {}, trimmed: () => {}, committed: () => {} } }))
  let [begun, most, isOver] = [0, 0, false]
  const turn = () => {
    most = Math.max(most, begun)
    begun = 0
    if (!isOver) setImmediate(turn)
  }
  turn()
  const counted = pipeline('test', flow => {
    flow.source('numbers', items(upTo(8_000))).keyBy(n => n).work('store', n => n).work('count', () => {
      begun++
      return work()
    })
  })
  const { stages } = await clientOn(log, { clock: realClock }).run(counted)
  isOver = true
  assert.equal(stages['count']!.done, 8_000)
  return most
}

test('workers that are done at once let the event loop in', async () => {
  const most = await mostInATurn(() => spin())
  assert.ok(most <= 2 * unitsMax, `${most} in a turn`)
})

test('so do workers whose promises are settled at once, each of which is followed by the next', async () => {
  const most = await mostInATurn(async () => spin())
  assert.ok(most <= 2 * unitsMax, `${most} in a turn`)
})

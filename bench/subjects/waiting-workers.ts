// Workers that each wait a few milliseconds, so many at once: in the engine, or in a bare loop with the same timers.
import { setTimeout as delay } from 'node:timers/promises'
import { parametersOf, handOver } from '../measure/child.ts'
import { inFreshFolder } from '../measure/folder.ts'
import { itemsBetween } from '../peers/item.ts'
import { runStage } from './durable-stage.ts'

export interface WaitingWorkers {
  readonly by: 'batchwork' | 'bare loop'
  readonly items: number
  readonly concurrency: number
  readonly waitMs: number
}

export interface WaitingRun {
  readonly seconds: number
}

async function inEngine({ items, concurrency, waitMs }: WaitingWorkers): Promise<WaitingRun> {
  return inFreshFolder(folder => runStage({
    folder, items, concurrency,
    worker: processed => async item => {
      await delay(waitMs)
      processed.add(item.id)
    },
    publishes: 'before',
    publish: (client, input) => client.publishAll(input, itemsBetween(0, items)),
  }))
}

async function inBareLoop({ items, concurrency, waitMs }: WaitingWorkers): Promise<WaitingRun> {
  let left = items
  const slot = async () => {
    while (left-- > 0) await delay(waitMs)
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: concurrency }, slot))
  return { seconds: (performance.now() - start) / 1000 }
}

if (import.meta.main) {
  const setting = parametersOf<WaitingWorkers>()
  const measure = setting.by === 'batchwork' ? inEngine : inBareLoop
  await measure({ ...setting, items: Math.ceil(setting.items * 0.05) })
  handOver(await measure(setting))
}

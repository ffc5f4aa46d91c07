// No-op items through one durable stage, published and processed at once, after a warm-up of the same share as the peers'.
import { setInterval } from 'node:timers'
import { parametersOf, handOver } from '../measure/child.ts'
import { inFreshFolder } from '../measure/folder.ts'
import { itemAt, type Item } from '../peers/item.ts'
import { runStage, type StageRun } from './durable-stage.ts'

export interface NoOpQueue {
  readonly items: number
  /** Gives each item an id of its own, by which duplicates are dropped. */
  readonly withIds?: boolean | undefined
  /** Default: 5 % of the items. */
  readonly warmUpItems?: number | undefined
}

export interface NoOpQueueRun extends StageRun {
  readonly items: number
  readonly peakMb: number
  /** Resident memory while the measured run worked, one sample every 100 ms. */
  readonly residentMb: readonly number[]
}

const sampleMs = 100

async function measure(items: number, withIds: boolean): Promise<StageRun> {
  return inFreshFolder(folder => runStage({
    folder, items, id: withIds ? item => item.id : undefined,
    worker: processed => async item => processed.add(item.id), publishes: 'meanwhile',
    publish: (client, input) => client.publishAll(input, generated(items)),
  }))
}

function* generated(items: number): Generator<Item> {
  for (let id = 0; id < items; id++) yield itemAt(id)
}

if (import.meta.main) {
  const { items, withIds = false, warmUpItems = Math.ceil(items * 0.05) } = parametersOf<NoOpQueue>()
  await measure(warmUpItems, withIds)
  const residentMb: number[] = []
  const sampler = setInterval(() => residentMb.push(process.memoryUsage.rss() / 2 ** 20), sampleMs)
  const run = await measure(items, withIds)
  clearInterval(sampler)
  handOver({ ...run, items, residentMb, peakMb: process.resourceUsage().maxRSS / 1024 } satisfies NoOpQueueRun)
}

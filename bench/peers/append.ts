// Appends while the consumers work, never further ahead than `maxBacklog` items: every rival is fastest with a short queue.

import { setTimeout as delay } from 'node:timers/promises'
import { batchStarts, itemsBetween, type Item, type ProcessedCount } from './item.ts'

export interface AppendPlan {
  readonly items: number
  readonly batchSize: number
  readonly batchesAtOnce: number
  readonly maxBacklog: number
  readonly processed: ProcessedCount
  insert(batch: Item[]): Promise<unknown>
}

/** Resolves with the seconds until the last batch was stored. */
export async function appendAll(plan: AppendPlan): Promise<number> {
  const start = performance.now()
  const starts = batchStarts(plan.items, plan.batchSize).reverse()
  const appendLoop = async (): Promise<void> => {
    for (let first = starts.pop(); first !== undefined; first = starts.pop()) {
      while (first - plan.processed.total > plan.maxBacklog) await delay(1)
      await plan.insert(itemsBetween(first, Math.min(first + plan.batchSize, plan.items)))
    }
  }
  await Promise.all(Array.from({ length: plan.batchesAtOnce }, appendLoop))
  return (performance.now() - start) / 1000
}

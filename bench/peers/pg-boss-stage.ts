// The pg-boss side that its two peers share (PostgreSQL and PGlite): insert in bulk, fetch 1,000 at a time, complete the batch.

import type { PgBoss } from 'pg-boss'
import { setTimeout as delay } from 'node:timers/promises'
import { appendAll } from './append.ts'
import type { Measurement } from './contract.ts'
import { ProcessedCount, type Item } from './item.ts'

export interface PgBossTuning {
  readonly insertBatchSize: number
  readonly insertsAtOnce: number
  readonly maxBacklog: number
  readonly fetchBatchSize: number
  readonly fetchLoops: number
}

export function describeTuning(tuning: PgBossTuning): string {
  return `insert of ${tuning.insertBatchSize}; fetch and complete ${tuning.fetchBatchSize} at a time in ${tuning.fetchLoops} loop(s)`
}

/** The timers of supervision, cron and warnings are off: nothing of them is needed to process jobs. */
export const quietOptions = { supervise: false, schedule: false } as const

export async function createQueue(boss: PgBoss, queue: string): Promise<void> {
  boss.on('error', (error) => {
    throw error
  })
  await boss.start()
  await boss.createQueue(queue, { partition: true })
}

export async function measure(boss: PgBoss, queue: string, items: number, tuning: PgBossTuning): Promise<Measurement> {
  const processed = new ProcessedCount(items)
  const insert = (batch: Item[]): Promise<unknown> => boss.insert(queue, batch.map((data) => ({ data })))
  const { insertBatchSize: batchSize, insertsAtOnce: batchesAtOnce, maxBacklog } = tuning
  const start = performance.now()
  const consumers = Array.from({ length: tuning.fetchLoops }, () => processLoop(boss, queue, processed, items, tuning))
  const [appendSeconds] = await Promise.all([
    appendAll({ items, batchSize, batchesAtOnce, maxBacklog, processed, insert }),
    ...consumers
  ])
  const seconds = (performance.now() - start) / 1000
  processed.assertEachOnce()
  return { seconds, appendSeconds }
}

async function processLoop(boss: PgBoss, queue: string, processed: ProcessedCount, items: number, tuning: PgBossTuning): Promise<void> {
  while (processed.total < items) {
    const jobs = await boss.fetch<Item>(queue, { batchSize: tuning.fetchBatchSize })
    if (jobs.length === 0) {
      await delay(1)
      continue
    }
    for (const job of jobs) await noOp(job.data, processed)
    assertAllSettled(await boss.complete(queue, jobs.map((job) => job.id)), jobs.length)
  }
}

async function noOp(item: Item, processed: ProcessedCount): Promise<void> {
  processed.add(item.id)
}

function assertAllSettled(result: unknown, expected: number): void {
  const affected = (result as { readonly affected?: number }).affected
  if (affected !== expected) throw new Error(`pg-boss completed ${affected} jobs of a batch; expected ${expected}.`)
}

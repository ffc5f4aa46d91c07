// BullMQ on a private Redis: bulk adds over several connections, four workers with high concurrency, jobs removed when completed.
// The durable setting is appendfsync=always; everysec, which may lose a second of acknowledged work, stands beside it as a peer of its own.

import { Queue, Worker } from 'bullmq'
import { appendAll } from './append.ts'
import type { Measurement, Peer } from './contract.ts'
import { ProcessedCount, type Item } from './item.ts'
import { versionOf } from './packages.ts'
import { startRedis, type AppendFsync, type Server } from './servers.ts'

const queueName = 'no-op'
const addBatchSize = 1_000
const addsAtOnce = 4
const maxBacklog = 5_000
const workers = 4
const concurrency = 100

export function bullmqPeer(appendFsync: AppendFsync): Peer {
  let server: Server | undefined
  let queue: Queue<Item> | undefined

  return {
    name: appendFsync === 'always' ? 'bullmq' : `bullmq-${appendFsync}`,
    get version() {
      return `${versionOf('bullmq')} on Redis ${server?.version}`
    },
    settings: `appendonly appendfsync=${appendFsync}; addBulk of ${addBatchSize}; ${workers} workers x concurrency ${concurrency}; removeOnComplete`,

    async prepare() {
      server = await startRedis(appendFsync)
      queue = new Queue<Item>(queueName, {
        connection: { host: '127.0.0.1', port: server.port },
        defaultJobOptions: { removeOnComplete: true },
        streams: { events: { maxLen: 0 } }
      })
      await queue.waitUntilReady()
    },

    async run(items) {
      if (server === undefined || queue === undefined) throw new Error('run() was called before prepare().')
      return await measure(queue, server.port, items)
    },

    async close() {
      await queue?.close()
      await server?.stop()
    }
  }
}

async function measure(queue: Queue<Item>, port: number, items: number): Promise<Measurement> {
  const processed = new ProcessedCount(items)
  const start = performance.now()
  const insert = (batch: Item[]): Promise<unknown> => queue.addBulk(batch.map((data) => ({ name: queueName, data })))
  const [appendSeconds] = await Promise.all([
    appendAll({ items, batchSize: addBatchSize, batchesAtOnce: addsAtOnce, maxBacklog, processed, insert }),
    processAll(port, items, processed)
  ])
  const seconds = (performance.now() - start) / 1000
  processed.assertEachOnce()
  const left = await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'failed', 'completed')
  if (left !== 0) throw new Error(`BullMQ still holds ${left} jobs after ${items} were completed; expected none.`)
  return { seconds, appendSeconds }
}

async function processAll(port: number, items: number, processed: ProcessedCount): Promise<void> {
  const acknowledged = Promise.withResolvers<void>()
  let completed = 0
  const work = async (job: { readonly data: Item }): Promise<void> => processed.add(job.data.id)
  const pool = Array.from({ length: workers }, () => {
    const worker = new Worker<Item>(queueName, work, {
      connection: { host: '127.0.0.1', port },
      concurrency,
      removeOnComplete: { count: 0 }
    })
    worker.on('completed', () => {
      completed += 1
      if (completed === items) acknowledged.resolve()
    })
    worker.on('failed', (_job, error) => acknowledged.reject(error))
    worker.on('error', acknowledged.reject)
    return worker
  })
  try {
    await acknowledged.promise
  } finally {
    await Promise.all(pool.map((worker) => worker.close()))
  }
}

export const peer = bullmqPeer('always')

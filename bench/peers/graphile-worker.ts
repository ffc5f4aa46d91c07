// graphile-worker on a private PostgreSQL, with what its performance guide asks for: the local queue and batched completion.

import { Logger, makeWorkerUtils, run, type Runner, type WorkerUtils } from 'graphile-worker'
import { Pool } from 'pg'
import { appendAll } from './append.ts'
import type { Measurement, Peer } from './contract.ts'
import { ProcessedCount, type Item } from './item.ts'
import { versionOf } from './packages.ts'
import { startPostgres, type Server } from './servers.ts'

const taskName = 'no-op'
const addBatchSize = 2_000
const addsAtOnce = 2
const maxBacklog = 20_000
const concurrentJobs = 10
const localQueueSize = 10_000
const completeJobBatchDelayMs = 0
const refetchDelayMs = 5
const pollIntervalMs = 10

const silent = new Logger(() => () => {})

let server: Server | undefined
let pool: Pool | undefined
let utils: WorkerUtils | undefined
let closing = false

export const peer: Peer = {
  name: 'graphile-worker',
  get version() {
    return `${versionOf('graphile-worker')} on PostgreSQL ${server?.version}`
  },
  settings:
    `fsync=on synchronous_commit=on, eager autovacuum; addJobs of ${addBatchSize}; localQueue.size ${localQueueSize}; ` +
    `completeJobBatchDelay ${completeJobBatchDelayMs} ms; concurrentJobs ${concurrentJobs}; no logging`,

  async prepare() {
    server = await startPostgres()
    pool = new Pool({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres', max: concurrentJobs + 4 })
    pool.on('error', ignoreWhileClosing)
    pool.on('connect', (client) => client.on('error', ignoreWhileClosing))
    utils = await makeWorkerUtils({ pgPool: pool, logger: silent })
    await utils.migrate()
  },

  async run(items) {
    if (pool === undefined || utils === undefined) throw new Error('run() was called before prepare().')
    return await measure(pool, utils, items)
  },

  async close() {
    closing = true
    await utils?.release()
    await pool?.end()
    await server?.stop()
  }
}

/** The pool forgets its clients before their sockets are closed, so the server's goodbye may still arrive as an error. */
function ignoreWhileClosing(error: Error): void {
  if (!closing) throw error
}

async function measure(pgPool: Pool, workerUtils: WorkerUtils, items: number): Promise<Measurement> {
  const processed = new ProcessedCount(items)
  const start = performance.now()
  const runner = await startWorker(pgPool, processed)
  const insert = (batch: Item[]): Promise<unknown> => workerUtils.addJobs(batch.map((payload) => ({ identifier: taskName, payload })))
  const appendSeconds = await appendAll({ items, batchSize: addBatchSize, batchesAtOnce: addsAtOnce, maxBacklog, processed, insert })
  await processed.reached(items)
  await runner.stop() // returns once the last batch of completions is committed
  const seconds = (performance.now() - start) / 1000
  processed.assertEachOnce()
  await assertNoJobIsLeft(pgPool)
  return { seconds, appendSeconds }
}

async function startWorker(pgPool: Pool, processed: ProcessedCount): Promise<Runner> {
  return await run({
    pgPool,
    logger: silent,
    noHandleSignals: true,
    parsedCronItems: [],
    taskList: { [taskName]: async (payload) => processed.add((payload as Item).id) },
    preset: {
      worker: {
        concurrentJobs,
        pollInterval: pollIntervalMs,
        localQueue: { size: localQueueSize, refetchDelay: { durationMs: refetchDelayMs, threshold: localQueueSize / 2, maxAbortThreshold: Infinity } },
        completeJobBatchDelay: completeJobBatchDelayMs,
        failJobBatchDelay: completeJobBatchDelayMs
      }
    }
  })
}

async function assertNoJobIsLeft(pgPool: Pool): Promise<void> {
  const left = await pgPool.query<{ count: number }>('select count(*)::int as count from graphile_worker._private_jobs')
  if (left.rows[0]?.count !== 0) throw new Error(`graphile-worker still holds ${left.rows[0]?.count} jobs after the run; expected none.`)
}

// pg-boss on a private PostgreSQL, fetching 1,000 jobs at a time.

import { PgBoss } from 'pg-boss'
import type { Peer } from './contract.ts'
import { versionOf } from './packages.ts'
import { createQueue, describeTuning, measure, quietOptions, type PgBossTuning } from './pg-boss-stage.ts'
import { startPostgres, type Server } from './servers.ts'

const queue = 'no-op'
const tuning: PgBossTuning = {
  insertBatchSize: 1_000,
  insertsAtOnce: 1,
  maxBacklog: 5_000,
  fetchBatchSize: 1_000,
  fetchLoops: 2
}

let server: Server | undefined
let boss: PgBoss | undefined

export const peer: Peer = {
  name: 'pg-boss',
  get version() {
    return `${versionOf('pg-boss')} on PostgreSQL ${server?.version}`
  },
  settings: `fsync=on synchronous_commit=on, eager autovacuum; ${describeTuning(tuning)}; a partition of its own; supervise off`,

  async prepare() {
    server = await startPostgres()
    boss = new PgBoss({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres', ...quietOptions })
    await createQueue(boss, queue)
  },

  async run(items) {
    if (boss === undefined) throw new Error('run() was called before prepare().')
    return await measure(boss, queue, items, tuning)
  },

  async close() {
    await boss?.stop()
    await server?.stop()
  }
}

// pg-boss on PGlite, PostgreSQL as WebAssembly inside this process: the embedded rival.
// PGlite runs with fsync=off and makes no sync call on Node (seen with strace), so its commits reach the page cache only: it survives a killed process, not a power cut.

import { PGlite } from '@electric-sql/pglite'
import { rmSync } from 'node:fs'
import { fromPglite, PgBoss } from 'pg-boss'
import type { Peer } from './contract.ts'
import { versionOf } from './packages.ts'
import { createQueue, describeTuning, measure, quietOptions, type PgBossTuning } from './pg-boss-stage.ts'
import { temporaryFolder } from './servers.ts'

const queue = 'no-op'
const tuning: PgBossTuning = {
  insertBatchSize: 1_000,
  insertsAtOnce: 1,
  maxBacklog: 5_000,
  fetchBatchSize: 1_000,
  fetchLoops: 1
}

let folder: string | undefined
let database: PGlite | undefined
let boss: PgBoss | undefined

export const peer: Peer = {
  name: 'pg-boss-pglite',
  version: `${versionOf('pg-boss')} on PGlite ${versionOf('@electric-sql/pglite')}`,
  settings: `embedded, data folder on disk; NOT synced (PGlite never calls fsync on Node); ${describeTuning(tuning)}; supervise off`,

  async prepare() {
    folder = temporaryFolder('pglite')
    database = await PGlite.create(folder)
    boss = new PgBoss({ db: fromPglite(database), backend: 'pglite', ...quietOptions })
    await createQueue(boss, queue)
  },

  async run(items) {
    if (boss === undefined) throw new Error('run() was called before prepare().')
    return await measure(boss, queue, items, tuning)
  },

  async close() {
    await boss?.stop()
    await database?.close()
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

// What each table has of each partition in a run, in a table of the same database: rows and progress commit together.
import type { DatabaseSync } from 'node:sqlite'
import type { SinkChunk } from '../../sink.ts'
import { nothingDelivered, type Delivered } from '../delivered.ts'

const create = `CREATE TABLE IF NOT EXISTS batchwork_progress (
  target TEXT NOT NULL, run TEXT NOT NULL, subscription TEXT NOT NULL, partition INTEGER NOT NULL, epoch INTEGER NOT NULL, ranges TEXT NOT NULL,
  finished INTEGER NOT NULL, PRIMARY KEY (target, run, subscription, partition)
) WITHOUT ROWID`

type Key = Pick<SinkChunk<unknown>, 'run' | 'subscription' | 'partition'>

export class ProgressTable {
  readonly #database: DatabaseSync
  readonly #target: string

  constructor(database: DatabaseSync, target: string) {
    this.#database = database
    this.#target = target
    database.exec(create)
  }

  get({ run, subscription, partition }: Key): Delivered {
    const row = this.#database.prepare('SELECT epoch, ranges FROM batchwork_progress WHERE target = ? AND run = ? AND subscription = ? AND partition = ?')
      .get(this.#target, run, subscription, partition)
    return row ? { epoch: row['epoch'] as number, ranges: JSON.parse(row['ranges'] as string) } : nothingDelivered
  }

  set({ run, subscription, partition }: Key, { epoch, ranges }: Delivered): void {
    this.#database.prepare('INSERT OR REPLACE INTO batchwork_progress (target, run, subscription, partition, epoch, ranges, finished) VALUES (?, ?, ?, ?, ?, ?, 0)')
      .run(this.#target, run, subscription, partition, epoch, JSON.stringify(ranges))
  }

  /** Kept until another run is finished: a redrive may go on with this one. */
  finish(run: string): void {
    this.#database.prepare('UPDATE batchwork_progress SET finished = 1 WHERE target = ? AND run = ?').run(this.#target, run)
    this.#database.prepare('DELETE FROM batchwork_progress WHERE target = ? AND run <> ? AND finished = 1').run(this.#target, run)
  }

  clear(run: string): void {
    this.#database.prepare('DELETE FROM batchwork_progress WHERE target = ? AND run = ?').run(this.#target, run)
  }
}

// What each table has of each partition, in a table of the same database: rows and progress commit together.
import type { DatabaseSync } from 'node:sqlite'
import type { SinkChunk } from '../../sink.ts'
import { nothingDelivered, type Delivered } from '../delivered.ts'

const create = `CREATE TABLE IF NOT EXISTS batchwork_progress (
  target TEXT NOT NULL, subscription TEXT NOT NULL, partition INTEGER NOT NULL, epoch INTEGER NOT NULL, ranges TEXT NOT NULL,
  PRIMARY KEY (target, subscription, partition)
) WITHOUT ROWID`

type Key = Pick<SinkChunk<unknown>, 'subscription' | 'partition'>

export class ProgressTable {
  readonly #database: DatabaseSync
  readonly #target: string

  constructor(database: DatabaseSync, target: string) {
    this.#database = database
    this.#target = target
    database.exec(create)
  }

  get({ subscription, partition }: Key): Delivered {
    const row = this.#database.prepare('SELECT epoch, ranges FROM batchwork_progress WHERE target = ? AND subscription = ? AND partition = ?')
      .get(this.#target, subscription, partition)
    return row ? { epoch: row['epoch'] as number, ranges: JSON.parse(row['ranges'] as string) } : nothingDelivered
  }

  set({ subscription, partition }: Key, { epoch, ranges }: Delivered): void {
    this.#database.prepare('INSERT OR REPLACE INTO batchwork_progress (target, subscription, partition, epoch, ranges) VALUES (?, ?, ?, ?, ?)')
      .run(this.#target, subscription, partition, epoch, JSON.stringify(ranges))
  }

  /** The run is over: the next one counts its offsets anew. */
  clear(): void {
    this.#database.prepare('DELETE FROM batchwork_progress WHERE target = ?').run(this.#target)
  }
}

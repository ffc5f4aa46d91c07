// A table of an SQLite file as a sink. Rows and the progress made commit in one transaction: committed output is exactly once.
import type { DatabaseSync } from 'node:sqlite'
import { BatchworkError, FencedError, OptionError, PermanentError } from '../../model/errors.ts'
import type { Sink, SinkChunk } from '../../sink.ts'
import { checkOptions, checkText, checkTexts } from '../../sources/options.ts'
import { undelivered, withChunk } from '../delivered.ts'
import { SinkError } from '../sink-error.ts'
import { openDatabase } from './database.ts'
import { ProgressTable } from './progress.ts'
import { StagingTable } from './staging-table.ts'
import { Upsert } from './upsert.ts'

export interface UpsertTableOptions<T extends object> {
  /** The columns that say which row an item is; the table needs a primary key or unique index on exactly them. */
  readonly key: (keyof T & string) | readonly (keyof T & string)[]
  /** 'chunk', the default: rows are seen as they come. 'run': all at once when the run has completed, or none. */
  readonly commit?: 'chunk' | 'run' | undefined
}

/**
 * Inserts each item into a table of an SQLite file, or updates the row with its key; properties are columns, and columns without a property keep
 * their value. A Date becomes ISO text, a boolean 0 or 1, another object JSON. File and table must exist; the tables `batchwork_progress` and, with
 * `commit: 'run'`, `batchwork_staged_TABLE` are made beside it. What a run staged that never completes stays in the latter, and never gets to the table. SQLite runs in this thread: `commit: 'run'` moves its rows (some 150,000 a second)
 * without a pause. Throws OptionError for wrong options; an item with an unknown column or without its key is refused with PermanentError.
 *
 *     orders.to(upsertTable('shop.db', 'orders', { key: 'id' }))
 */
export function upsertTable<T extends object>(file: string, table: string, options: UpsertTableOptions<T>): Sink<T> {
  checkText('upsertTable: the file', file, "the path of an SQLite file, such as 'shop.db'")
  checkText('upsertTable: the table', table, "a table's name, such as 'orders'")
  checkOptions('upsertTable', options, ['key', 'commit'])
  const { key, commit = 'chunk' } = options
  const keys = checkTexts('upsertTable: key', typeof key === 'string' ? [key] : key, 'a column name, or an array of different ones')
  if (commit !== 'chunk' && commit !== 'run') throw new OptionError('upsertTable: commit', commit, "'chunk' or 'run'")
  return new TableSink<T>(file, table, keys, commit)
}

interface OpenTable {
  readonly database: DatabaseSync
  readonly progress: ProgressTable
  readonly staging: StagingTable
  readonly upsert: Upsert
}

/** SQLITE_IOERR, the lowest byte of its kinds. */
const inputOutputError = 10

class TableSink<T extends object> implements Sink<T> {
  readonly name: string
  readonly #file: string
  readonly #table: string
  readonly #keys: readonly string[]
  readonly #commit: 'chunk' | 'run'
  #open: OpenTable | undefined
  #poison: SinkError | undefined

  constructor(file: string, table: string, keys: readonly string[], commit: 'chunk' | 'run') {
    this.name = `${file}:${table}`
    this.#file = file
    this.#table = table
    this.#keys = keys
    this.#commit = commit
  }

  async write(chunk: SinkChunk<T>): Promise<void> {
    this.#transaction(({ progress, upsert, staging }) => {
      const before = progress.get(chunk)
      const items = undelivered(chunk, before)
      const after = withChunk(chunk, before)
      if (after === before) return
      const rows = items.map(item => upsert.rowOf(item))
      if (this.#commit === 'run') staging.add(chunk.run, rows)
      else for (const row of rows) upsert.put(row)
      progress.set(chunk, after)
    })
  }

  async finish(outcome: 'completed' | 'aborted', run: string): Promise<void> {
    this.#transaction(({ progress, upsert, staging }) => {
      if (outcome === 'completed' && this.#commit === 'run') staging.moveTo(upsert, run)
      else staging.remove(run)
      if (outcome === 'completed') progress.finish(run)
      else progress.clear(run)
    })
    this.#close()
  }

  #transaction(work: (table: OpenTable) => void): void {
    try {
      const open = this.#opened()
      const { database } = open
      database.exec('BEGIN IMMEDIATE')
      try {
        work(open)
        database.exec('COMMIT')
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    } catch (error) {
      throw this.#failed(error)
    }
  }

  #opened(): OpenTable {
    if (this.#poison) throw this.#poison
    if (this.#open) return this.#open
    const database = openDatabase(this.#file, { readOnly: false })
    try {
      return this.#open = {
        database,
        progress: new ProgressTable(database, this.#table),
        staging: new StagingTable(database, this.#table),
        upsert: new Upsert(database, this.#table, this.#keys),
      }
    } catch (error) {
      database.close()
      throw error
    }
  }

  #close(): void {
    this.#open?.database.close()
    this.#open = undefined
  }

  /** Opened anew at the next try: the table may have been mended. */
  #failed(error: unknown): unknown {
    if (error instanceof PermanentError || error instanceof FencedError) return error
    this.#close()
    if (error instanceof BatchworkError) return error
    const failure = new SinkError(`table '${this.#table}' of '${this.#file}' cannot be written: ${(error as Error).message}`, { cause: error })
    // After a failed sync SQLite acknowledges again what is not on disk: never in this process.
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === inputOutputError) this.#poison = failure
    return failure
  }
}

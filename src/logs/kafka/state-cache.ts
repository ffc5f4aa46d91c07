// The state as it is now, in a database in a file without a name: it may be larger than memory, and goes with the process. SQLite orders keys by their UTF-8
// bytes, as the log's contract wants it.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { StateChange, StateEntry } from '../../log.ts'

export class StateCache {
  readonly #database = new DatabaseSync('')
  readonly #set: StatementSync
  readonly #remove: StatementSync
  readonly #get: StatementSync
  readonly #scan: StatementSync
  readonly #keys: StatementSync

  constructor() {
    this.#database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE state (store TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (store, key)) WITHOUT ROWID')
    this.#set = this.#database.prepare('INSERT OR REPLACE INTO state VALUES (?, ?, ?)')
    this.#remove = this.#database.prepare('DELETE FROM state WHERE store = ? AND key = ?')
    this.#get = this.#database.prepare('SELECT key, value FROM state WHERE store = ? AND key = ?')
    this.#scan = this.#database.prepare('SELECT key, value FROM state WHERE store = ? AND key > ? ORDER BY key LIMIT ?')
    this.#keys = this.#database.prepare('SELECT key FROM state WHERE store = ?')
  }

  set({ store, key, value }: StateChange): void {
    if (value === null) this.#remove.run(store, key)
    else this.#set.run(store, key, value)
  }

  get(store: string, keys: readonly string[]): readonly StateEntry[] {
    return keys.map(key => this.#get.get(store, key)).filter(row => row !== undefined).map(entryOf)
  }

  /** An empty key comes first and is after nothing, so `after` left out starts below it. */
  scan(store: string, after: string | undefined, limit: number): readonly StateEntry[] {
    const entries = this.#scan.all(store, after ?? '', limit).map(entryOf)
    return after === undefined ? [...this.get(store, ['']), ...entries].slice(0, limit) : entries
  }

  keysOf(store: string): readonly string[] {
    return this.#keys.all(store).map(({ key }) => String(key))
  }

  close(): void {
    this.#database.close()
  }
}

function entryOf({ key, value }: Record<string, unknown>): StateEntry {
  return { key: String(key), value: String(value) }
}

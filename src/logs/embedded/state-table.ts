// Named stores of keys and values.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { StateChange, StateEntry } from '../../log.ts'
import type { Digest } from './digest.ts'
import { checksumOf, damaged } from './integrity.ts'

export class StateTable {
  readonly #path: string
  readonly #digest: Digest
  readonly #set: StatementSync
  readonly #remove: StatementSync
  readonly #get: StatementSync
  readonly #scan: StatementSync
  readonly #delete: StatementSync
  readonly #all: StatementSync
  readonly #ofStore: StatementSync

  constructor(database: DatabaseSync, digest: Digest, path: string) {
    this.#path = path
    this.#digest = digest
    this.#set = database.prepare('INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?)')
    this.#remove = database.prepare('DELETE FROM state WHERE store = ? AND key = ?')
    this.#get = database.prepare('SELECT key, value, checksum FROM state WHERE store = ? AND key = ?')
    this.#scan = database.prepare('SELECT key, value, checksum FROM state WHERE store = ? AND key > ? ORDER BY key LIMIT ?')
    this.#delete = database.prepare('DELETE FROM state WHERE store = ?')
    this.#all = database.prepare('SELECT * FROM state')
    this.#ofStore = database.prepare('SELECT checksum FROM state WHERE store = ?')
  }

  set({ store, key, value }: StateChange): void {
    const checksum = value === null ? 0 : checksumOf(store, key, value)
    this.#digest.replace(Number(this.#get.get(store, key)?.['checksum'] ?? 0), checksum)
    if (value === null) this.#remove.run(store, key)
    else this.#set.run(store, key, value, checksum)
  }

  get(store: string, keys: readonly string[]): readonly StateEntry[] {
    return keys.map(key => this.#get.get(store, key)).filter(row => row !== undefined).map(row => this.#checked(store, row))
  }

  /** An empty key comes first and is after nothing, so `after` left out starts below it. */
  scan(store: string, after: string | undefined, limit: number): readonly StateEntry[] {
    const rows = this.#scan.all(store, after ?? '', limit)
    const entries = rows.map(row => this.#checked(store, row))
    return after === undefined ? [...this.get(store, ['']), ...entries].slice(0, limit) : entries
  }

  *checksums(): Generator<number> {
    for (const row of this.#all.iterate()) {
      this.#checked(String(row['store']), row)
      yield Number(row['checksum'])
    }
  }

  delete(store: string): void {
    for (const { checksum } of this.#ofStore.all(store)) this.#digest.replace(Number(checksum), 0)
    this.#delete.run(store)
  }

  #checked(store: string, row: Record<string, unknown>): StateEntry {
    const { key, value, checksum } = row as unknown as StateEntry & { checksum: number }
    if (checksum !== checksumOf(store, key, value)) throw damaged(this.#path, `the entry '${key}' of state '${store}' does not match its checksum`)
    return { key, value }
  }
}

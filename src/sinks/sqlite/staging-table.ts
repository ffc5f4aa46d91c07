// Rows that wait, in order, until their run has completed: `commit: 'run'`. One column a value would need the target's types; a row of JSON and bytes does not.
import type { DatabaseSync } from 'node:sqlite'
import { quoted } from './database.ts'
import type { SqlRow, Upsert } from './upsert.ts'
import type { SqlValue } from './values.ts'

export class StagingTable {
  readonly #database: DatabaseSync
  readonly #name: string

  constructor(database: DatabaseSync, target: string) {
    this.#database = database
    this.#name = quoted(`batchwork_staged_${target}`)
  }

  add(run: string, rows: readonly SqlRow[]): void {
    this.#create()
    const insert = this.#database.prepare(`INSERT INTO ${this.#name} (run, columns, "values") VALUES (?, ?, ?)`)
    for (const { columns, values } of rows) insert.run(run, JSON.stringify(columns), JSON.stringify(values.map(encode)))
  }

  /** Inside the caller's transaction. */
  moveTo(upsert: Upsert, run: string): void {
    this.#create()
    for (const row of this.#database.prepare(`SELECT columns, "values" FROM ${this.#name} WHERE run = ? ORDER BY position`).iterate(run)) {
      upsert.put({ columns: JSON.parse(row['columns'] as string), values: JSON.parse(row['values'] as string).map(decode) })
    }
    this.remove(run)
  }

  /** The table goes with its last row. */
  remove(run: string): void {
    this.#create()
    this.#database.prepare(`DELETE FROM ${this.#name} WHERE run = ?`).run(run)
    if (!this.#database.prepare(`SELECT 1 FROM ${this.#name} LIMIT 1`).get()) this.#database.exec(`DROP TABLE ${this.#name}`)
  }

  #create(): void {
    this.#database.exec(`CREATE TABLE IF NOT EXISTS ${this.#name} (position INTEGER PRIMARY KEY, run TEXT NOT NULL, columns TEXT NOT NULL, "values" TEXT NOT NULL)`)
  }
}

type EncodedValue = string | number | null | readonly ['bigint' | 'bytes', string]

function encode(value: SqlValue): EncodedValue {
  if (typeof value === 'bigint') return ['bigint', String(value)]
  if (value instanceof Uint8Array) return ['bytes', Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')]
  return value
}

function decode(value: EncodedValue): SqlValue {
  if (typeof value !== 'object' || value === null) return value
  return value[0] === 'bigint' ? BigInt(value[1]) : Buffer.from(value[1], 'base64')
}

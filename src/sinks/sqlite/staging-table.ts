// Rows that wait, in order, until the run has completed: `commit: 'run'`. One column a value would need the target's types; a row of JSON and bytes does not.
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

  add(rows: readonly SqlRow[]): void {
    this.#create()
    const insert = this.#database.prepare(`INSERT INTO ${this.#name} (columns, "values") VALUES (?, ?)`)
    for (const { columns, values } of rows) insert.run(JSON.stringify(columns), JSON.stringify(values.map(encode)))
  }

  /** Inside the caller's transaction. */
  moveTo(upsert: Upsert): void {
    this.#create()
    for (const row of this.#database.prepare(`SELECT columns, "values" FROM ${this.#name} ORDER BY position`).iterate()) {
      upsert.put({ columns: JSON.parse(row['columns'] as string), values: JSON.parse(row['values'] as string).map(decode) })
    }
    this.remove()
  }

  remove(): void {
    this.#database.exec(`DROP TABLE IF EXISTS ${this.#name}`)
  }

  #create(): void {
    this.#database.exec(`CREATE TABLE IF NOT EXISTS ${this.#name} (position INTEGER PRIMARY KEY, columns TEXT NOT NULL, "values" TEXT NOT NULL)`)
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

// Rows into a table by their key. A row may have only some of the table's columns; the others keep their values.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { PermanentError, show } from '../../model/errors.ts'
import { SinkError } from '../sink-error.ts'
import { columnsOf, quoted } from './database.ts'
import { createTable, sqlValue, type SqlValue } from './values.ts'

export interface SqlRow {
  readonly columns: readonly string[]
  readonly values: readonly SqlValue[]
}

export class Upsert {
  readonly #database: DatabaseSync
  readonly #table: string
  readonly #keys: readonly string[]
  readonly #columns: ReadonlySet<string>
  /** By the columns they set; few, as items of a stream are alike. */
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync, table: string, keys: readonly string[]) {
    this.#database = database
    this.#table = table
    this.#keys = keys
    this.#columns = new Set(columnsOf(database, table))
  }

  get tableExists(): boolean {
    return this.#columns.size > 0
  }

  /** Throws SinkError while there is no table, PermanentError for an item that does not fit it. */
  rowOf(item: unknown): SqlRow {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) throw new PermanentError(`table '${this.#table}': an item is ${show(item)}, but a row is made of an object with a property for each column`)
    if (!this.tableExists) throw new SinkError(`there is no table '${this.#table}'; create it first, for instance with: ${createTable(this.#table, item, this.#keys)}`)
    const columns = Object.keys(item)
    for (const column of columns) {
      if (!this.#columns.has(column)) throw new PermanentError(`table '${this.#table}' has no column ${show(column)}; it has ${[...this.#columns].join(', ')}; map the items to those`)
    }
    const record = item as Record<string, unknown>
    for (const key of this.#keys) {
      if (record[key] === undefined || record[key] === null) throw new PermanentError(`table '${this.#table}': an item has no '${key}', which is the key: ${show(item)}`)
    }
    return { columns, values: columns.map(column => sqlValue(record[column], column)) }
  }

  put({ columns, values }: SqlRow): void {
    this.#statementFor(columns).run(...values)
  }

  #statementFor(columns: readonly string[]): StatementSync {
    const id = JSON.stringify(columns)
    let statement = this.#statements.get(id)
    if (!statement) this.#statements.set(id, statement = this.#prepare(columns))
    return statement
  }

  #prepare(columns: readonly string[]): StatementSync {
    const others = columns.filter(column => !this.#keys.includes(column))
    const action = others.length > 0 ? `UPDATE SET ${others.map(column => `${quoted(column)} = excluded.${quoted(column)}`).join(', ')}` : 'NOTHING'
    const sql = `INSERT INTO ${quoted(this.#table)} (${columns.map(quoted).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
      ON CONFLICT (${this.#keys.map(quoted).join(', ')}) DO ${action}`
    try {
      return this.#database.prepare(sql)
    } catch (error) {
      if (!/ON CONFLICT clause does not match/.test((error as Error).message)) throw error
      const index = `CREATE UNIQUE INDEX ${quoted(`${this.#table}_key`)} ON ${quoted(this.#table)} (${this.#keys.map(quoted).join(', ')})`
      throw new SinkError(`table '${this.#table}' has no primary key or unique index on ${this.#keys.join(', ')}; create it first: ${index}`, { cause: error })
    }
  }
}

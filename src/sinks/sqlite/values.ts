// JavaScript values as SQLite has them, and an absent table's CREATE TABLE as its first item suggests it.
import { PermanentError, show } from '../../model/errors.ts'
import { plainJson } from '../plain-json.ts'
import { quoted } from './database.ts'

export type SqlValue = string | number | bigint | Uint8Array | null

/** A Date becomes ISO text, a boolean 0 or 1, another object JSON; undefined is NULL. */
export function sqlValue(value: unknown, column: string): SqlValue {
  switch (typeof value) {
    case 'undefined':
      return null
    case 'string':
      return value
    case 'number':
      if (!Number.isFinite(value)) throw new PermanentError(`column '${column}' gets ${value}, which SQLite cannot hold; leave it out or give null`)
      return value
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) throw new PermanentError(`column '${column}' gets ${value}, but an SQLite integer has 64 bits; give it as text`)
      return value
    case 'boolean':
      return value ? 1 : 0
    case 'object':
      return objectValue(value, column)
    default:
      throw new PermanentError(`column '${column}' gets ${show(value)}, which is no data`)
  }
}

function objectValue(value: object | null, column: string): SqlValue {
  if (value === null || value instanceof Uint8Array) return value
  if (!(value instanceof Date)) return plainJson(value)
  if (Number.isNaN(value.getTime())) throw new PermanentError(`column '${column}' gets a Date that is no date`)
  return value.toISOString()
}

export function createTable(table: string, item: object, keys: readonly string[]): string {
  const columns = Object.entries(item).map(([name, value]) => `${quoted(name)} ${typeOf(value)}`)
  return `CREATE TABLE ${quoted(table)} (${[...columns, `PRIMARY KEY (${keys.map(quoted).join(', ')})`].join(', ')})`
}

function typeOf(value: unknown): string {
  if (typeof value === 'boolean' || typeof value === 'bigint' || Number.isSafeInteger(value)) return 'INTEGER'
  if (typeof value === 'number') return 'REAL'
  return value instanceof Uint8Array ? 'BLOB' : 'TEXT'
}

// Rows of an SQLite table by ranges of an integer column. Short reads of a page each: one long read would keep SQLite's WAL from being emptied.
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { OptionError, show } from '../model/errors.ts'
import { quoted } from '../sinks/sqlite/database.ts'
import type { Source, SourceContext, SourceItem, Split } from '../source.ts'
import { ChunkedSource, itemsAtOnceMax } from './chunked-source.ts'
import { rangesOf, type KeyRange } from './key-ranges.ts'
import { checkOptions, checkText, checkTexts } from './options.ts'
import { messageOf, SourceError } from './source-error.ts'

export type Row = Readonly<Record<string, unknown>>

export interface ReadTableOptions {
  /** An integer column without NULL, best the primary key or indexed: the table is divided and resumed by it. */
  readonly splitBy: string
  /** Ranges of equal width that can be read apart. Default 8, at most 10,000. */
  readonly splits?: number | undefined
  /** Default: all. */
  readonly columns?: readonly string[] | undefined
  /** SQL that goes into the query as it is: never put in it what others wrote. */
  readonly where?: string | undefined
}

const splitsMax = 10_000

/**
 * The rows of a table of an SQLite file. Integers beyond 2^53 come as bigint. Rows must not change their `splitBy` while they are read; rows added
 * inside the ranges listed at the start may or may not be seen. Throws OptionError for wrong options; reading throws SourceError when file, table or
 * column is not there, or `splitBy` holds anything but integers.
 *
 *     flow.source('old orders', readTable('shop.db', 'orders', { splitBy: 'id', splits: 64 }))
 */
export function readTable(file: string, table: string, options: ReadTableOptions): Source<Row> {
  checkText('readTable: the file', file, "the path of an SQLite file, such as 'shop.db'")
  checkText('readTable: the table', table, "a table's name, such as 'orders'")
  checkOptions('readTable', options, ['splitBy', 'splits', 'columns', 'where'])
  const { splitBy, splits = 8, columns, where } = options
  checkText('readTable: splitBy', splitBy, "an integer column's name, such as 'id'")
  if (!Number.isInteger(splits) || splits < 1 || splits > splitsMax) throw new OptionError('readTable: splits', splits, `a whole number from 1 to ${splitsMax}`)
  if (columns !== undefined) checkTexts('readTable: columns', columns, 'an array of at least one column name, each there once')
  if (where !== undefined) checkText('readTable: where', where, "an SQL condition, such as 'price > 10'")
  return new TableSource(file, table, { splitBy, splits, columns, where })
}

/** `seen` rows with this key were read: a key that is not unique can end a page anywhere. */
type RowPosition = readonly [key: string, seen: number]

class TableSource extends ChunkedSource<Row> {
  readonly #file: string
  readonly #table: string
  readonly #options: ReadTableOptions & { readonly splits: number }

  constructor(file: string, table: string, options: ReadTableOptions & { readonly splits: number }) {
    super()
    this.#file = file
    this.#table = table
    this.#options = options
  }

  splits(): readonly Split[] {
    return this.#reading(database => {
      const key = quoted(this.#options.splitBy)
      this.#checkColumns(database)
      this.#checkKeys(database)
      const row = bigIntegers(database, `SELECT min(${key}) AS least, max(${key}) AS most FROM ${this.#rows}`).get()!
      return row['least'] === null ? [] : rangesOf(row['least'] as bigint, row['most'] as bigint, this.#options.splits)
    })
  }

  /** Keys, whether there is a row for each or not. */
  sizeOf({ data }: Split, position?: unknown): number {
    const { from, to } = data as KeyRange
    return Number(BigInt(position === undefined ? to : (position as RowPosition)[0]) - BigInt(from) + 1n)
  }

  async *readChunks(split: Split, from: unknown, context: SourceContext): AsyncGenerator<readonly SourceItem<Row>[]> {
    const range = split.data as KeyRange
    let [key, seen] = (from ?? [range.from, 0]) as RowPosition
    for (;;) {
      context.signal.throwIfAborted()
      const items = this.#page(key, seen, range.to)
      if (items.length > 0) yield items
      if (items.length < itemsAtOnceMax) return
      [key, seen] = items.at(-1)!.position as RowPosition
    }
  }

  get #rows(): string {
    return `${quoted(this.#table)}${this.#options.where === undefined ? '' : ` WHERE (${this.#options.where}\n)`}`
  }

  #page(key: string, seen: number, to: string): SourceItem<Row>[] {
    const { splitBy, columns, where } = this.#options
    const by = quoted(splitBy)
    const sql = `SELECT ${by} AS "batchwork key", ${columns ? columns.map(quoted).join(', ') : '*'} FROM ${this.#rows}
      ${where === undefined ? 'WHERE' : 'AND'} ${by} >= ? AND ${by} <= ? ORDER BY ${by}${this.#tieBreak} LIMIT ? OFFSET ?`
    const rows = this.#reading(database => bigIntegers(database, sql).all(BigInt(key), BigInt(to), itemsAtOnceMax, seen))
    let position: RowPosition = [key, seen]
    return rows.map(row => {
      const rowKey = String(row['batchwork key'])
      position = [rowKey, rowKey === position[0] ? position[1] + 1 : 1]
      delete row['batchwork key']
      return { item: withNumbers(row), position, origin: `${this.#table}:${splitBy}=${rowKey}` }
    })
  }

  #hasRowId: boolean | undefined
  /** The order of rows with one key must be the same each time. */
  get #tieBreak(): string {
    this.#hasRowId ??= this.#reading(database => database.prepare("SELECT 1 FROM pragma_table_list(?) WHERE type = 'table' AND wr = 0").get(this.#table) !== undefined)
    return this.#hasRowId ? ', rowid' : ''
  }

  #checkColumns(database: DatabaseSync): void {
    const existing = database.prepare('SELECT name FROM pragma_table_xinfo(?)').all(this.#table).map(row => row['name'] as string)
    if (existing.length === 0) throw new SourceError(`there is no table '${this.#table}' in '${this.#file}'; correct the name`)
    for (const column of [this.#options.splitBy, ...this.#options.columns ?? []]) {
      if (!existing.includes(column)) throw new SourceError(`table '${this.#table}' has no column ${show(column)}; it has ${existing.join(', ')}`)
    }
  }

  #checkKeys(database: DatabaseSync): void {
    const key = quoted(this.#options.splitBy)
    const other = database.prepare(`SELECT typeof(${key}) AS type FROM ${this.#rows} ${this.#options.where === undefined ? 'WHERE' : 'AND'} typeof(${key}) <> 'integer' LIMIT 1`).get()
    if (other) {
      throw new SourceError(`column '${this.#options.splitBy}' of table '${this.#table}' holds a value of type ${String(other['type'])}, but splitBy needs integers in every row; split by another column, or leave those rows out with 'where'`)
    }
  }

  #reading<R>(read: (database: DatabaseSync) => R): R {
    if (!existsSync(this.#file)) throw new SourceError(`the SQLite file '${this.#file}' does not exist; correct the path`)
    let database: DatabaseSync | undefined
    try {
      database = new DatabaseSync(this.#file, { readOnly: true, timeout: 5_000 })
      return read(database)
    } catch (error) {
      if (error instanceof SourceError) throw error
      throw new SourceError(`table '${this.#table}' of '${this.#file}' cannot be read: ${messageOf(error)}`, { cause: error })
    } finally {
      database?.close()
    }
  }
}

function bigIntegers(database: DatabaseSync, sql: string) {
  const statement = database.prepare(sql)
  statement.setReadBigInts(true)
  return statement
}

/** Read as bigints, or one integer beyond 2^53 would be an error. */
function withNumbers(row: Record<string, unknown>): Row {
  for (const column in row) {
    const value = row[column]
    if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) row[column] = Number(value)
  }
  return row
}

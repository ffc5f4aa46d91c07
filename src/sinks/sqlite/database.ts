// An SQLite file that has to be there already, names quoted for SQL, and what a table's columns are.
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { SinkError } from '../sink-error.ts'

/** How long a writer waits for another's transaction to end. */
const busyMs = 5_000

export function openDatabase(file: string, options: { readonly readOnly: boolean }): DatabaseSync {
  // SQLite would make an empty file of a misspelt name.
  if (!existsSync(file)) throw new SinkError(`the SQLite file '${file}' does not exist; create it with its tables, or correct the path`)
  try {
    const database = new DatabaseSync(file, { readOnly: options.readOnly, timeout: busyMs })
    // A commit is the removal of its journal; only EXTRA syncs that too, and without it a power failure may take back what was acknowledged.
    if (!options.readOnly) database.exec('PRAGMA synchronous = EXTRA')
    return database
  } catch (error) {
    throw new SinkError(`the SQLite file '${file}' cannot be opened: ${(error as Error).message}`, { cause: error })
  }
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Empty where there is no such table. */
export function columnsOf(database: DatabaseSync, table: string): readonly string[] {
  return database.prepare('SELECT name FROM pragma_table_info(?)').all(table).map(row => row['name'] as string)
}

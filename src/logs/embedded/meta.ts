// The few numbers a store has: its epoch, the sequence of its last commit, and the digest of its records.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { checksumOf, damaged } from './integrity.ts'

export type MetaName = 'epoch' | 'sequence' | 'digest'

export class Meta {
  readonly #path: string
  readonly #get: StatementSync
  readonly #set: StatementSync

  constructor(database: DatabaseSync, path: string) {
    this.#path = path
    this.#get = database.prepare('SELECT value, checksum FROM meta WHERE key = ?')
    this.#set = database.prepare('UPDATE meta SET value = ?, checksum = ? WHERE key = ?')
  }

  get(name: MetaName): number {
    const row = this.#get.get(name)
    if (!row || row['checksum'] !== checksumOf(name, Number(row['value']))) throw damaged(this.#path, `its ${name} does not match its checksum`)
    return Number(row['value'])
  }

  set(name: MetaName, value: number): void {
    this.#set.run(value, checksumOf(name, value), name)
  }
}

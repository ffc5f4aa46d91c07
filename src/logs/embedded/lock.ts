// One owner a store: an exclusive SQLite transaction on a file beside it, which ends when the process does, however it ends.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { LogError } from '../../model/errors.ts'

export class StoreLock {
  readonly #database: DatabaseSync
  readonly #holderFile: string

  private constructor(database: DatabaseSync, holderFile: string) {
    this.#database = database
    this.#holderFile = holderFile
  }

  /** Throws LogError 'LOCKED', naming the holder, when another has it. */
  static acquire(folder: string): StoreLock {
    const database = new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
    const holderFile = join(folder, 'owner.json')
    try {
      database.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      database.close()
      if ((error as { errcode?: number }).errcode !== 5) throw error
      throw new LogError('LOCKED', `the store ${folder} is in use by ${describeHolder(holderFile)}; wait for it to end, stop it, or give another --store`)
    }
    nameHolder(holderFile)
    return new StoreLock(database, holderFile)
  }

  release(): void {
    rmSync(this.#holderFile, { force: true })
    this.#database.close()
  }
}

/** A courtesy to who is refused: a full disk does not keep the owner out. */
function nameHolder(holderFile: string): void {
  try {
    writeFileSync(holderFile, JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() }))
  } catch {
    rmSync(holderFile, { force: true })
  }
}

function describeHolder(holderFile: string): string {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(holderFile, 'utf8'))
    return `process ${Number(pid)} on ${String(host).slice(0, 100)} since ${String(since).slice(0, 40)}`
  } catch {
    return 'another process'
  }
}

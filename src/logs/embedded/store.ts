// The SQLite file of an embedded log, used by one thread, synchronously. Every change runs inside `group`, one transaction for the
// requests of many callers: each of them atomic, all of them durable before any is acknowledged.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Append, Appended, Commit, TopicInfo, TopicSpec } from '../../log.ts'
import { FencedError, LogError } from '../../model/errors.ts'
import { Chunks } from './chunks.ts'
import { Head } from './head.ts'
import { IdIndex } from './id-index.ts'
import { damaged } from './integrity.ts'
import { Partitions } from './partitions.ts'
import { ProgressTable } from './progress-table.ts'
import { prepareSchema } from './schema.ts'
import { StateTable } from './state-table.ts'
import { Topics } from './topics.ts'

export interface StoreOptions {
  /** 'full' syncs every commit to disk. 'relaxed' may lose the last commits when the power fails, never when a process is killed. */
  readonly durability: 'full' | 'relaxed'
}

const headSyncEveryMs = 1_000

export class Store {
  readonly path: string
  readonly chunks: Chunks
  readonly partitions: Partitions
  readonly progress: ProgressTable
  readonly state: StateTable
  readonly #topics: Topics
  readonly #ids: IdIndex
  readonly #database: DatabaseSync
  readonly #head: Head
  readonly #durable: boolean
  #poison: LogError | undefined
  #headSyncedAt = -Infinity

  constructor(folder: string, options: StoreOptions) {
    mkdirSync(folder, { recursive: true })
    this.path = join(folder, 'store.db')
    this.#durable = options.durability === 'full'
    const isNew = !existsSync(this.path)
    this.#database = openDatabase(this.path, this.#durable)
    prepareSchema(this.#database, this.path)
    this.#head = new Head(join(folder, 'head'))
    this.partitions = new Partitions(this.#database, this.path)
    this.chunks = new Chunks(this.#database, this.partitions, this.path)
    this.progress = new ProgressTable(this.#database, this.path)
    this.state = new StateTable(this.#database, this.path)
    this.#topics = new Topics(this.#database, this.partitions)
    this.#ids = new IdIndex(this.#database)
    if (!isNew) this.#checkTail()
  }

  get dataVersion(): number {
    return Number(this.#database.prepare('PRAGMA data_version').get()!['data_version'])
  }

  /** Runs `change` as part of one transaction with its neighbours. Returns what each gave, or the error it threw, after all is durable. */
  group(changes: readonly (() => unknown)[]): readonly ({ readonly value: unknown } | { readonly error: unknown })[] {
    if (this.#poison) throw this.#poison
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      const results = changes.map(change => this.#apply(change))
      const sequence = this.#meta('sequence') + 1
      this.#setMeta('sequence', sequence)
      this.#database.exec('COMMIT')
      this.#writeHead(sequence)
      return results
    } catch (error) {
      throw this.#afterFailure(error)
    }
  }

  createTopics(topics: readonly TopicSpec[]): void {
    for (const topic of topics) this.#topics.create(topic)
  }

  deleteTopics(names: readonly string[]): void {
    for (const name of names) {
      this.chunks.deleteTopic(name)
      this.#ids.deleteTopic(name)
      this.progress.deleteTopic(name)
      this.#topics.delete(name)
    }
  }

  topics(): readonly TopicInfo[] {
    return this.#topics.list()
  }

  append(append: Append, at: number): Appended {
    const { chunk, duplicates } = append.unique ? this.#ids.drop(append.topic, append.chunk, append.unique, at) : { chunk: append.chunk, duplicates: [] }
    return { ...this.chunks.append(append, chunk, at), duplicates }
  }

  commit(commit: Commit, at: number): readonly Appended[] {
    const epoch = this.#meta('epoch')
    if (commit.epoch !== epoch) throw new FencedError(commit.epoch, epoch)
    const appended = commit.appends.map(append => this.append(append, at))
    for (const progress of commit.progress) this.progress.set(progress)
    for (const change of commit.state) this.state.set(change)
    return appended
  }

  /** Removes the chunks of a partition that every subscription of its topic is done with. */
  trim(topic: string, partition: number): void {
    const { subscriptions } = this.#topics.get(topic) ?? { subscriptions: [] }
    if (subscriptions.length === 0) return
    const marks = subscriptions.map(subscription => this.progress.mark(subscription, topic, partition))
    this.chunks.trim({ topic, partition }, Math.min(...marks))
  }

  raiseEpoch(): number {
    const epoch = this.#meta('epoch') + 1
    this.#setMeta('epoch', epoch)
    return epoch
  }

  close(): void {
    this.#database.close()
    this.#head.close()
  }

  #apply(change: () => unknown): { value: unknown } | { error: unknown } {
    this.#database.exec('SAVEPOINT change')
    try {
      const value = change()
      this.#database.exec('RELEASE change')
      return { value }
    } catch (error) {
      if (isStorageError(error)) throw error
      this.#database.exec('ROLLBACK TO change; RELEASE change')
      return { error }
    }
  }

  /** A full disk can be waited out. Any other failure of the disk poisons the store: SQLite acknowledges again after one failed sync. */
  #afterFailure(error: unknown): unknown {
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
    } catch {
      // The transaction is gone already.
    }
    if (!isStorageError(error)) return error
    const text = (error as Error).message
    if ((error as { errcode: number }).errcode === 13) {
      return new LogError('DISK_FULL', `the disk of ${this.path} is full; nothing of the last commit was stored. Free some space: work goes on by itself`, { cause: error })
    }
    this.#poison = new LogError('STORE_FAILED', `the disk of ${this.path} failed (${text}); run the same command again once it is well: what was committed is safe`, { cause: error })
    return this.#poison
  }

  /** Synced at most once a second: what it tells of is damage, and a head that is a little behind tells of all but the newest. */
  #writeHead(sequence: number): void {
    const now = performance.now()
    const isDue = this.#durable && now - this.#headSyncedAt >= headSyncEveryMs
    if (isDue) this.#headSyncedAt = now
    this.#head.write(sequence, isDue)
  }

  #checkTail(): void {
    const [stored, head] = [this.#meta('sequence'), this.#head.read()]
    if (stored < head) throw damaged(this.path, `its last ${head - stored} commits are missing (commit ${stored} is the last found, ${head} was the last made)`)
  }

  #meta(key: string): number {
    return Number(this.#database.prepare('SELECT value FROM meta WHERE key = ?').get(key)!['value'])
  }

  #setMeta(key: string, value: number): void {
    this.#database.prepare('UPDATE meta SET value = ? WHERE key = ?').run(value, key)
  }
}

function openDatabase(path: string, durable: boolean): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 10_000 })
  database.exec(`PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'};
    PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = -32000; PRAGMA temp_store = MEMORY`)
  return database
}

/** SQLITE_IOERR, CORRUPT, FULL, CANTOPEN, NOTADB. */
function isStorageError(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode
  return code !== undefined && [10, 11, 13, 14, 26].includes(code & 0xff)
}

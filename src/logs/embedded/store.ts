// The SQLite file of an embedded log, used by one thread, synchronously. Every change runs inside `group`, one transaction for the
// requests of many callers: each of them atomic, all of them durable before any is acknowledged.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Append, Appended, Commit, TopicInfo, TopicSpec, Unique } from '../../log.ts'
import { FencedError, type LogError } from '../../model/errors.ts'
import { Chunks } from './chunks.ts'
import { Digest } from './digest.ts'
import { makeDurableFolder } from './durable-folder.ts'
import { failed, failureOf, isFinal, isOfStorage, openingFailureOf } from './failures.ts'
import { Head } from './head.ts'
import { IdIndex } from './id-index.ts'
import { damaged } from './integrity.ts'
import { Meta } from './meta.ts'
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

/** Throws LogError 'DAMAGED', 'NEWER_STORE', 'STORE_FAILED' or 'DISK_FULL'. */
export function openStore(folder: string, options: StoreOptions): Store {
  try {
    return new Store(folder, options)
  } catch (error) {
    throw openingFailureOf(error, join(folder, 'store.db'))
  }
}

export class Store {
  readonly path: string
  readonly chunks: Chunks
  readonly partitions: Partitions
  readonly progress: ProgressTable
  readonly state: StateTable
  readonly #meta: Meta
  readonly #digest: Digest
  readonly #topics: Topics
  readonly #ids: IdIndex
  readonly #database: DatabaseSync
  readonly #head: Head
  readonly #durable: boolean
  #poison: LogError | undefined
  #headSyncedAt = -Infinity

  constructor(folder: string, options: StoreOptions) {
    makeDurableFolder(folder)
    this.path = join(folder, 'store.db')
    this.#durable = options.durability === 'full'
    this.#head = new Head(join(folder, 'head'))
    const head = this.#head.read()
    if (head > 0 && !hasContent(this.path)) throw damaged(this.path, `it is empty or gone, though ${head} commits were made`)
    this.#database = openDatabase(this.path, this.#durable)
    prepareSchema(this.#database, this.path)
    this.#meta = new Meta(this.#database, this.path)
    this.#digest = new Digest(this.#meta)
    this.partitions = new Partitions(this.#database, this.path)
    this.chunks = new Chunks(this.#database, this.partitions, this.path)
    this.progress = new ProgressTable(this.#database, this.#digest, this.path)
    this.state = new StateTable(this.#database, this.#digest, this.path)
    this.#topics = new Topics(this.#database, this.partitions, this.path)
    this.#ids = new IdIndex(this.#database)
    this.#check(head)
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
      const sequence = this.#meta.get('sequence') + 1
      this.#meta.set('sequence', sequence)
      this.#digest.write()
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
    if (append.unique?.countedAs && duplicates.length > 0) this.#count(append.unique.countedAs, duplicates.length)
    return { ...this.chunks.append(append, chunk, at), duplicates }
  }

  commit(commit: Commit, at: number): readonly Appended[] {
    const epoch = this.#meta.get('epoch')
    if (commit.epoch !== epoch) throw new FencedError(commit.epoch, epoch)
    const appended = commit.appends.map(append => this.append(append, at))
    for (const progress of commit.progress) this.progress.set(progress)
    for (const change of commit.state) this.state.set(change)
    return appended
  }

  /** Reads that belong together see one state of the store, whatever others commit meanwhile. */
  snapshot<T>(read: () => T): T {
    this.#database.exec('BEGIN')
    try {
      return read()
    } finally {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
    }
  }

  /** An error of a read, in the words of the log. */
  explained(error: unknown): unknown {
    return failureOf(error, this.path) ?? error
  }

  /** Removes the chunks of a partition that every subscription of its topic is done with. */
  trim(topic: string, partition: number): void {
    const { subscriptions } = this.#topics.get(topic) ?? { subscriptions: [] }
    if (subscriptions.length === 0) return
    const marks = subscriptions.map(subscription => this.progress.mark(subscription, topic, partition))
    this.chunks.trim({ topic, partition }, Math.min(...marks))
  }

  get epoch(): number {
    return this.#meta.get('epoch')
  }

  raiseEpoch(): number {
    const epoch = this.#meta.get('epoch') + 1
    this.#meta.set('epoch', epoch)
    return epoch
  }

  close(): void {
    this.#database.close()
    this.#head.close()
  }

  #count({ store, key }: NonNullable<Unique['countedAs']>, more: number): void {
    const [before] = this.state.get(store, [key])
    this.state.set({ store, key, value: String(Number(before?.value ?? 0) + more) })
  }

  #apply(change: () => unknown): { value: unknown } | { error: unknown } {
    this.#database.exec('SAVEPOINT change')
    const before = this.#digest.change
    try {
      const value = change()
      this.#database.exec('RELEASE change')
      return { value }
    } catch (error) {
      if (isOfStorage(error)) throw error
      this.#database.exec('ROLLBACK TO change; RELEASE change')
      this.#digest.change = before
      return { error }
    }
  }

  /** A full disk can be waited out. Any other failure of the disk poisons the store: SQLite acknowledges again after one failed sync. */
  #afterFailure(error: unknown): unknown {
    this.#digest.change = 0
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
    } catch {
      // The transaction is gone already.
    }
    const failure = failureOf(error, this.path)
    if (failure && isFinal(failure)) this.#poison = failure
    if (failure?.code === 'DISK_FULL') this.#shrinkLog()
    return failure ?? error
  }

  /** The write-ahead log holds a page once for each commit that changed it, the database once: this alone may make room. */
  #shrinkLog(): void {
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // There is no room for that either; the log is as it was.
    }
  }

  /**
   * Synced at most once a second: what it tells of is damage, and a head that is a little behind tells of all but the newest. Not kept for
   * 'relaxed': a power failure may take back commits that it tells of. A head that cannot be written takes nothing back from the commit
   * before it, but there is no other after it.
   */
  #writeHead(sequence: number): void {
    if (!this.#durable) return
    const now = performance.now()
    const isDue = now - this.#headSyncedAt >= headSyncEveryMs
    if (isDue) this.#headSyncedAt = now
    try {
      this.#head.write(sequence, isDue)
    } catch (error) {
      this.#poison = failed(this.path, error)
    }
  }

  /** `head` was read before: others may commit meanwhile. One read transaction, for the same reason. */
  #check(head: number): void {
    this.#database.exec('BEGIN')
    const stored = this.#meta.get('sequence')
    if (stored < head) throw damaged(this.path, `its last ${head - stored} commits are missing (commit ${stored} is the last found, ${head} was the last made)`)
    this.#topics.check()
    if (!this.#digest.fits(this.#checksums())) throw damaged(this.path, 'some of its progress or state cannot be found')
    this.#database.exec('COMMIT')
  }

  *#checksums(): Generator<number> {
    yield* this.progress.checksums()
    yield* this.state.checksums()
  }
}

function hasContent(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0
}

function openDatabase(path: string, durable: boolean): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 10_000 })
  database.exec(`PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'};
    PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = -32000; PRAGMA temp_store = MEMORY`)
  return database
}

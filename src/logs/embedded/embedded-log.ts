// The log of one machine: one SQLite file, on a thread of its own. Any process may open it, read and append; the one that joined owns it.
import { resolve } from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { Append, Appended, Commit, Log, Membership, Owner, PartitionId, Progress, ReadLimits, StateEntry, StoredChunk, TopicInfo, TopicSpec } from '../../log.ts'
import { LogError } from '../../model/errors.ts'
import { fromMessage, type Answers, type Method, type StoreThreadData } from './protocol.ts'
import { takeThread } from './thread.ts'

export interface EmbeddedOptions {
  /** Default 'full': every commit is synced. 'relaxed' may lose the last commits in a power failure. */
  readonly durability?: 'full' | 'relaxed' | undefined
}

/** Opens the store in this folder, and makes it where there is none. */
export async function openEmbedded(folder: string, options: EmbeddedOptions = {}): Promise<Log> {
  const log = new EmbeddedLog(resolve(folder), options.durability ?? 'full')
  await log.opened
  return log
}

interface Waiting {
  readonly resolve: (value: any) => void
  readonly reject: (error: Error) => void
}

class EmbeddedLog implements Log {
  readonly kind = 'embedded'
  readonly folder: string
  readonly opened: Promise<void>
  readonly #thread: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #watchers = new Set<(partition: PartitionId) => void>()
  #number = 0
  #end: Error | undefined
  #closing: Promise<void> | undefined

  constructor(folder: string, durability: 'full' | 'relaxed') {
    this.folder = folder
    this.#thread = takeThread()
    this.#thread.postMessage({ folder, durability } satisfies StoreThreadData)
    this.opened = new Promise((resolveOpened, reject) => this.#waiting.set(0, { resolve: resolveOpened, reject }))
    this.#thread.on('message', (answers: Answers) => this.#receive(answers))
    this.#thread.on('error', error => this.#fail(new LogError('STORE_FAILED', `the store thread of ${folder} ended: ${error.message}`, { cause: error })))
    this.#thread.on('exit', () => this.#fail(new LogError('CLOSED', `the log in ${folder} is closed`)))
  }

  createTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.#ask('createTopics', [topics])
  }

  deleteTopics(names: readonly string[]): Promise<void> {
    return this.#ask('deleteTopics', [names])
  }

  deleteStores(names: readonly string[]): Promise<void> {
    return this.#ask('deleteStores', [names])
  }

  topics(): Promise<readonly TopicInfo[]> {
    return this.#ask('topics', [])
  }

  append(append: Append): Promise<Appended> {
    return this.#ask('append', [append])
  }

  commit(commit: Commit): Promise<readonly Appended[]> {
    return this.#ask('commit', [commit])
  }

  read(partition: PartitionId, from: number, limits?: ReadLimits): Promise<readonly StoredChunk[]> {
    return this.#ask('read', [partition, from, limits])
  }

  progress(subscription: string): Promise<readonly Progress[]> {
    return this.#ask('progress', [subscription])
  }

  get(store: string, keys: readonly string[]): Promise<readonly StateEntry[]> {
    return this.#ask('get', [store, keys])
  }

  scan(store: string, after?: string, limit = 1_000): Promise<readonly StateEntry[]> {
    return this.#ask('scan', [store, after, limit])
  }

  async join(_group: string, topics: readonly string[], owner: Owner): Promise<Membership> {
    const epoch: number = await this.#ask('join', [])
    const infos = await this.topics()
    const partitions = infos
      .filter(({ name }) => topics.includes(name))
      .flatMap(({ name, partitions: count }) => Array.from({ length: count }, (_, partition) => ({ topic: name, partition })))
    owner.assigned(partitions, epoch)
    let left: Promise<void> | undefined
    return { leave: () => (left ??= this.#ask('leave', [])) }
  }

  watch(listener: (partition: PartitionId) => void): () => void {
    this.#watchers.add(listener)
    if (this.#watchers.size === 1) this.#ask('watch', [true]).catch(() => {})
    return () => {
      if (this.#watchers.delete(listener) && this.#watchers.size === 0) this.#ask('watch', [false]).catch(() => {})
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#ask('close', []).catch(() => {}).then(async () => void (await this.#thread.terminate()))
    return this.#closing
  }

  #ask(method: Method, parameters: readonly unknown[]): Promise<any> {
    if (this.#end) return Promise.reject(this.#end)
    const number = ++this.#number
    return new Promise((resolveAnswer, reject) => {
      if (this.#waiting.size === 0) this.#thread.ref()
      this.#waiting.set(number, { resolve: resolveAnswer, reject })
      this.#thread.postMessage({ number, method, parameters })
    })
  }

  #receive({ answers, appended }: Answers): void {
    for (const { number, value, error } of answers) {
      const waiting = this.#waiting.get(number)
      this.#waiting.delete(number)
      if (error) waiting?.reject(fromMessage(error))
      else waiting?.resolve(value)
    }
    if (this.#waiting.size === 0) this.#thread.unref()
    for (const partition of appended) for (const watcher of this.#watchers) watcher(partition)
  }

  #fail(error: Error): void {
    this.#end ??= error
    for (const { reject } of this.#waiting.values()) reject(this.#end)
    this.#waiting.clear()
  }
}

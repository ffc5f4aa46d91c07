// A folder beside the target, '.NAME.batchwork-partial', with the output so far and its journal. Opening it recovers: what a killed process left
// torn is cut off, what it committed is checked against its checksums.
import { constants } from 'node:fs'
import { mkdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { nothingDelivered, withChunk, type Delivered } from '../delivered.ts'
import { checksumOf, openFile, statOf, syncFolder, withOpen, writeAt } from './disk.ts'
import { damaged, decodeJournal, encodeEntry, type JournalEntry, type ReadEntry } from './journal.ts'

type Addition = Omit<JournalEntry, 'bytes' | 'checksum' | 'items'> & { readonly items: number }

/** Holds no file open between writes: a sink is not told when a run stops before its end. */
export class Stage {
  readonly #paths: StagePaths
  readonly #delivered = new Map<string, Delivered>()
  #journalInode = 0
  #journalBytes = 0
  #last: JournalEntry | undefined

  private constructor(paths: StagePaths) {
    this.#paths = paths
  }

  /** Made where it is not there yet. */
  static async open(target: string): Promise<Stage> {
    const stage = new Stage(pathsOf(target))
    await mkdir(stage.#paths.folder, { recursive: true })
    await stage.#withFiles(files => stage.#recover(files))
    await Promise.all([syncFolder(stage.#paths.folder), syncFolder(dirname(target))])
    return stage
  }

  get items(): number {
    return this.#last?.items ?? 0
  }

  get isFinished(): boolean {
    return this.#last?.finished === true
  }

  /** What the format last asked to remember. */
  get state(): unknown {
    return this.#last?.state
  }

  delivered(subscription: string, partition: number): Delivered {
    return this.#delivered.get(keyOf({ subscription, partition })) ?? nothingDelivered
  }

  /** Whether no other process has written, finished or removed it since. */
  async isCurrent(): Promise<boolean> {
    const current = await statOf(this.#paths.journal)
    return current?.ino === this.#journalInode && current.size === this.#journalBytes
  }

  /** Resolves when the bytes and their entry are on disk. `items` is how many the bytes hold. */
  async add(bytes: Buffer, { items, ...addition }: Addition): Promise<void> {
    const start = this.#last?.bytes ?? 0
    const entry = { ...addition, items: this.items + items, bytes: start + bytes.length, checksum: crc32(bytes) }
    const line = encodeEntry(entry)
    await this.#withFiles(async files => {
      await Promise.all([writeAt(files.data, bytes, start), writeAt(files.journal, line, this.#journalBytes)])
      await sync(files)
    })
    this.#journalBytes += line.length
    this.#take(entry)
  }

  /** Puts the output in the target's place. */
  async publish(target: string): Promise<void> {
    await rename(this.#paths.data, target)
    await syncFolder(dirname(target))
    await removeStage(target)
  }

  async #recover(files: StageFiles): Promise<void> {
    const entries = decodeJournal(await files.journal.readFile(), this.#paths.journal)
    for (const { entry, end } of await this.#checkData(files.data, entries)) {
      this.#journalBytes = end
      this.#take(entry)
    }
    await Promise.all([files.data.truncate(this.#last?.bytes ?? 0), files.journal.truncate(this.#journalBytes)])
    // What a killed process had written but not synced counts from now on.
    await sync(files)
    this.#journalInode = (await files.journal.stat()).ino
  }

  async #checkData(data: FileHandle, entries: readonly ReadEntry[]): Promise<readonly ReadEntry[]> {
    let start = 0
    for (const [index, { entry }] of entries.entries()) {
      if (await checksumOf(data, start, entry.bytes) !== entry.checksum) {
        if (index < entries.length - 1) throw damaged(this.#paths.data, `between bytes ${start} and ${entry.bytes}`)
        return entries.slice(0, index)
      }
      start = entry.bytes
    }
    return entries
  }

  #take(entry: JournalEntry): void {
    const key = keyOf(entry)
    this.#delivered.set(key, withChunk(entry, this.#delivered.get(key) ?? nothingDelivered))
    this.#last = entry
  }

  #withFiles(work: (files: StageFiles) => Promise<void>): Promise<void> {
    return withOpen(openFile(this.#paths.data), data => withOpen(openFile(this.#paths.journal), journal => work({ data, journal })))
  }
}

interface StageFiles {
  readonly data: FileHandle
  readonly journal: FileHandle
}

async function sync({ data, journal }: StageFiles): Promise<void> {
  const results = await Promise.allSettled([data.datasync(), journal.datasync()])
  for (const result of results) if (result.status === 'rejected') throw new SyncError(result.reason)
}

/** A failed sync may have dropped the bytes from memory: reading them back proves nothing, so this process must not go on with them. */
export class SyncError extends Error {
  constructor(cause: Error) {
    super(`the disk failed to keep what was written: ${cause.message}`, { cause })
  }
}

export type StageCondition = 'none' | 'open' | 'finished' | 'published'

/** Finished: the output is whole, and has yet to take its place. Published: it has, and the folder is left over. */
export async function conditionOf(target: string): Promise<StageCondition> {
  const paths = pathsOf(target)
  if (!await statOf(paths.journal)) return await statOf(paths.folder) ? 'open' : 'none'
  const bytes = await withOpen(openFile(paths.journal, constants.O_RDONLY), journal => journal.readFile())
  const isFinished = decodeJournal(bytes, paths.journal).at(-1)?.entry.finished === true
  if (!isFinished) return 'open'
  return await statOf(paths.data) ? 'finished' : 'published'
}

export async function removeStage(target: string): Promise<void> {
  await rm(pathsOf(target).folder, { recursive: true, force: true })
  await syncFolder(dirname(target))
}

interface StagePaths {
  readonly folder: string
  readonly data: string
  readonly journal: string
}

export function pathsOf(target: string): StagePaths {
  const folder = join(dirname(target), `.${basename(target)}.batchwork-partial`)
  return { folder, data: join(folder, 'data'), journal: join(folder, 'journal') }
}

function keyOf({ subscription, partition }: Pick<JournalEntry, 'subscription' | 'partition'>): string {
  return `${partition} ${subscription}`
}

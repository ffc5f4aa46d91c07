// What a run has written so far: the data and its journal. Opening it recovers: what a killed process left torn is cut off, what it committed is
// checked against its checksums.
import { mkdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { nothingDelivered, withChunk, type Delivered } from '../delivered.ts'
import { checksumOf, openFile, statOf, syncFolder, withOpen, writeAt } from './disk.ts'
import { recordPublished, type StagePaths } from './folder.ts'
import { damaged, decodeJournal, encodeEntry, type JournalEntry, type ReadEntry } from './journal.ts'

type Addition = Omit<JournalEntry, 'run' | 'bytes' | 'checksum' | 'items'> & { readonly items: number }

/** Holds no file open between writes: a sink is not told when a run stops before its end. */
export class Stage {
  readonly #paths: StagePaths
  #run: string
  readonly #delivered = new Map<string, Delivered>()
  #journalInode = 0
  #journalBytes = 0
  #last: JournalEntry | undefined

  private constructor(paths: StagePaths, run: string) {
    this.#paths = paths
    this.#run = run
  }

  /** Made for `run` where nothing is staged yet; else of the run that staged it. */
  static async open(target: string, paths: StagePaths, run: string): Promise<Stage> {
    const stage = new Stage(paths, run)
    await mkdir(paths.folder, { recursive: true })
    await stage.#withFiles(files => stage.#recover(files))
    await Promise.all([syncFolder(paths.folder), syncFolder(dirname(target))])
    return stage
  }

  get run(): string {
    return this.#run
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
    const entry = { run: this.#run, ...addition, items: this.items + items, bytes: start + bytes.length, checksum: crc32(bytes) }
    const line = encodeEntry(entry)
    await this.#withFiles(async files => {
      await Promise.all([writeAt(files.data, bytes, start), writeAt(files.journal, line, this.#journalBytes)])
      await sync(files)
    })
    this.#journalBytes += line.length
    this.#take(entry)
  }

  /** The finished output takes the target's place, or leaves that empty. */
  async publish(target: string, isRemoval: boolean): Promise<void> {
    if (isRemoval) {
      await rm(target, { force: true })
      await rm(this.#paths.data)
    } else await rename(this.#paths.data, target)
    await syncFolder(dirname(target))
    await recordPublished(this.#paths, this.#run)
  }

  async #recover(files: StageFiles): Promise<void> {
    const entries = decodeJournal(await files.journal.readFile(), this.#paths.journal)
    for (const { entry, end } of await wholeEntries(files.data, entries, this.#paths.data)) {
      this.#journalBytes = end
      this.#take(entry)
    }
    await Promise.all([files.data.truncate(this.#last?.bytes ?? 0), files.journal.truncate(this.#journalBytes)])
    // What a killed process had written but not synced counts from now on.
    await sync(files)
    this.#journalInode = (await files.journal.stat()).ino
  }

  #take(entry: JournalEntry): void {
    const key = keyOf(entry)
    this.#delivered.set(key, withChunk(entry, this.#delivered.get(key) ?? nothingDelivered))
    this.#run = entry.run
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

async function wholeEntries(data: FileHandle, entries: readonly ReadEntry[], path: string): Promise<readonly ReadEntry[]> {
  const count = await countWhole(data, entries.map(({ entry }) => entry))
  if (count < entries.length - 1) throw damaged(path, `between bytes ${entries[count - 1]?.entry.bytes ?? 0} and ${entries[count]!.entry.bytes}`)
  return entries.slice(0, count)
}

/** How many entries, from the first on, the data agrees with. */
export async function countWhole(data: FileHandle, entries: readonly JournalEntry[]): Promise<number> {
  let start = 0
  for (const [index, entry] of entries.entries()) {
    if (await checksumOf(data, start, entry.bytes) !== entry.checksum) return index
    start = entry.bytes
  }
  return entries.length
}

/** Finds what is staged. A finished output that has left for its place before a crash is only recorded: then there is nothing staged. */
export async function findStage(target: string, paths: StagePaths): Promise<Stage | undefined> {
  if (!await statOf(paths.journal)) return undefined
  const bytes = await withOpen(openFile(paths.journal), journal => journal.readFile())
  const last = decodeJournal(bytes, paths.journal).at(-1)?.entry
  if (!last) return undefined
  if (!last.finished || await statOf(paths.data)) return Stage.open(target, paths, last.run)
  await recordPublished(paths, last.run)
  return undefined
}

function keyOf({ subscription, partition }: Pick<JournalEntry, 'subscription' | 'partition'>): string {
  return `${partition} ${subscription}`
}

// The folder beside a target, '.NAME.batchwork': a run's output so far with its journal, the journal of the run whose output is in place, and
// which runs came before. It stays, so that a finish can be told from its repetition, and a run that was finished can go on.
import { constants } from 'node:fs'
import { readFile, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { openFile, statOf, syncFolder, withOpen } from './disk.ts'
import { decodeJournal, type JournalEntry } from './journal.ts'

export interface StagePaths {
  readonly folder: string
  /** The output so far. */
  readonly data: string
  readonly journal: string
  /** The journal of the run whose output is the target. */
  readonly published: string
  readonly earlier: string
}

export function pathsOf(target: string): StagePaths {
  const folder = join(dirname(target), `.${basename(target)}.batchwork`)
  return { folder, data: join(folder, 'data'), journal: join(folder, 'journal'), published: join(folder, 'published'), earlier: join(folder, 'earlier') }
}

/** Runs that are remembered as past. */
const earlierMax = 1_000

export async function publishedEntries({ published }: StagePaths): Promise<readonly JournalEntry[]> {
  const bytes = await readWhole(published)
  return bytes ? decodeJournal(bytes, published).map(({ entry }) => entry) : []
}

export async function publishedRun(paths: StagePaths): Promise<string | undefined> {
  return (await publishedEntries(paths)).at(-1)?.run
}

/** Whether another run has discarded, or replaced, what this one wrote. */
export async function isEarlier(paths: StagePaths, run: string): Promise<boolean> {
  return (await earlierRuns(paths)).includes(run)
}

export async function retire(paths: StagePaths, run: string): Promise<void> {
  const runs = (await earlierRuns(paths)).filter(each => each !== run)
  await replaceFile(paths.earlier, Buffer.from(JSON.stringify([...runs, run].slice(-earlierMax))))
}

/** The output is in place: its journal says so from now on. */
export async function recordPublished(paths: StagePaths, run: string): Promise<void> {
  const before = await publishedRun(paths)
  if (before !== undefined && before !== run) await retire(paths, before)
  await rename(paths.journal, paths.published)
  await syncFolder(paths.folder)
}

/** Removes what is staged; the journal first, without which data is nothing. */
export async function discardStaged({ folder, journal, data }: StagePaths): Promise<void> {
  if (!await statOf(folder)) return
  await rm(journal, { force: true })
  await syncFolder(folder)
  await rm(data, { force: true })
  await rmdir(folder).catch(() => {})
}

/** Whole or not at all. */
export async function replaceFile(path: string, bytes: Buffer): Promise<void> {
  const next = `${path}.next`
  await withOpen(openFile(next, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC), async file => {
    await file.writeFile(bytes)
    await file.sync()
  })
  await rename(next, path)
  await syncFolder(dirname(path))
}

async function earlierRuns({ earlier }: StagePaths): Promise<readonly string[]> {
  const bytes = await readWhole(earlier)
  return bytes ? JSON.parse(bytes.toString()) as string[] : []
}

async function readWhole(path: string): Promise<Buffer | undefined> {
  return await statOf(path) ? readFile(path) : undefined
}

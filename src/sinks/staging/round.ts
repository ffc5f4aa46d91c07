// Another round of a run that was finished: a redrive brings more of it. What was delivered stays known; output that grows begins as a copy of
// the target, output that is one document begins anew.
import { constants } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { SinkError } from '../sink-error.ts'
import { openFile, withOpen } from './disk.ts'
import { publishedEntries, replaceFile, type StagePaths } from './folder.ts'
import { encodeEntry, type JournalEntry } from './journal.ts'
import { countWhole, Stage } from './stage.ts'

export async function beginRound(target: string, paths: StagePaths, grows: boolean): Promise<Stage> {
  const entries = await publishedEntries(paths)
  const { run, items } = entries.at(-1)!
  const isCopy = grows && items > 0
  if (isCopy) await copyTarget(target, paths, entries)
  else await rm(paths.data, { force: true })
  // The data counts from here on.
  await replaceFile(paths.journal, Buffer.concat(entries.map(entry => encodeEntry(isCopy ? reopened(entry) : emptied(entry)))))
  return Stage.open(target, paths, run)
}

async function copyTarget(target: string, { data }: StagePaths, entries: readonly JournalEntry[]): Promise<void> {
  const changed = `${target} is no longer what the run '${entries[0]!.run}' left there, so what came later cannot be added to it; put it back as it was, or start a new run`
  await rm(data, { force: true })
  await copyFile(target, data, constants.COPYFILE_FICLONE).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new SinkError(changed, { cause: error }) : error
  })
  await withOpen(openFile(data), async file => {
    const isSame = (await file.stat()).size === entries.at(-1)!.bytes && await countWhole(file, entries) === entries.length
    if (!isSame) throw new SinkError(changed)
    await file.sync()
  })
}

function reopened(entry: JournalEntry): JournalEntry {
  return { ...entry, finished: undefined }
}

function emptied(entry: JournalEntry): JournalEntry {
  return { ...entry, items: 0, bytes: 0, checksum: 0, finished: undefined }
}

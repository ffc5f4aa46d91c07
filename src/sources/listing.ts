// Which files a pattern names: regular files, sorted by path, so that every listing of the same folder is the same.
import { glob, stat } from 'node:fs/promises'
import { show } from '../model/errors.ts'
import { SourceError } from './source-error.ts'

export interface ListedFile {
  readonly path: string
  readonly bytes: number
  /** In milliseconds since 1970. */
  readonly modified: number
}

/** Throws SourceError where nothing matches: an empty run over a misspelt pattern would look like success. */
export async function listFiles(pattern: string, signal: AbortSignal): Promise<readonly ListedFile[]> {
  const paths: string[] = []
  for await (const path of glob(pattern)) {
    signal.throwIfAborted()
    paths.push(path)
  }
  // A name such as 'a[1].txt' is a pattern that does not match itself.
  if (paths.length === 0) paths.push(pattern)
  paths.sort()
  const files: ListedFile[] = []
  for (const path of paths) {
    signal.throwIfAborted()
    const file = await describe(path)
    if (file) files.push(file)
  }
  if (files.length === 0) {
    throw new SourceError(`no file matches ${show(pattern)} in the working folder ${show(process.cwd())}; correct the pattern, or start in the folder it is relative to`)
  }
  return files
}

async function describe(path: string): Promise<ListedFile | undefined> {
  try {
    const found = await stat(path)
    return found.isFile() ? { path, bytes: found.size, modified: Math.trunc(found.mtimeMs) } : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new SourceError(`${path} cannot be listed: ${(error as Error).message}`, { cause: error })
  }
}

// Files as items: those of a folder, or those that match a pattern. What is served is where a file is and what it is like, not what is in it: the worker
// opens it. Links are not followed, names that begin with a dot are passed over.
import { glob, lstat, readdir } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { messageOf, SourceError } from '../../sources/source-error.ts'
import { contentsOf, KeptContents } from './kept-contents.ts'
import type { Contents, Shelf } from './shelf.ts'

abstract class FileShelf implements Shelf {
  abstract readonly description: string
  readonly #kept = new KeptContents(async () => contentsOf(new Map(await this.paths()), describe))

  /** Name and absolute path of each file. */
  protected abstract paths(): Promise<readonly (readonly [name: string, path: string])[]>

  contents(): Promise<Contents> {
    return this.#kept.get()
  }

  async close(): Promise<void> {}
}

export class FolderShelf extends FileShelf {
  readonly description: string
  readonly #folder: string

  constructor(folder: string) {
    super()
    this.description = folder
    this.#folder = resolve(folder)
  }

  protected async paths(): Promise<readonly (readonly [string, string])[]> {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true }).catch(cannotList(this.description))
    const files = entries.filter(entry => entry.isFile()).map(({ parentPath, name }) => relative(this.#folder, join(parentPath, name)).split(sep).join('/'))
    return files.filter(name => !/(^|\/)\./.test(name)).map(name => [name, join(this.#folder, name)])
  }
}

export class PatternShelf extends FileShelf {
  readonly description: string

  constructor(pattern: string) {
    super()
    this.description = pattern
  }

  protected async paths(): Promise<readonly (readonly [string, string])[]> {
    const found: (readonly [string, string])[] = []
    for await (const entry of glob(this.description, { withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile()) found.push([relative('', path).split(sep).join('/'), resolve(path)])
    }
    return found
  }
}

async function describe(path: string, name: string): Promise<object | undefined> {
  const found = await lstat(path).catch(() => undefined)
  return found?.isFile() ? { name, path, bytes: found.size, modified: found.mtime.toISOString() } : undefined
}

function cannotList(place: string): (error: unknown) => never {
  return error => {
    throw new SourceError(`${place} cannot be listed: ${messageOf(error)}`, { cause: error })
  }
}

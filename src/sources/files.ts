// Files as items: their paths, not their contents. They are listed once, in pages, so that a restart after half of them were deleted
// still knows all of them.
import { basename } from 'node:path'
import { OptionError } from '../model/errors.ts'
import type { Source, SourceContext, SourceItem, Split } from '../source.ts'
import { ChunkedSource, itemsAtOnceMax } from './chunked-source.ts'
import { listFiles, type ListedFile } from './listing.ts'
import { checkOptions, checkText } from './options.ts'

export interface FileItem {
  /** As the pattern gives it: relative to the working folder when the pattern is. */
  readonly path: string
  readonly name: string
  readonly bytes: number
  readonly modified: Date
}

export interface FilesOptions {
  /** Default false. Not available yet: `true` throws OptionError. */
  readonly watch?: boolean | undefined
}

/**
 * The files that match a glob pattern ('photos/*.jpg'), sorted by path. Folders are passed over. Listed once per run, with size and
 * time; a restart goes on with that list. Throws OptionError for wrong options; reading throws SourceError when nothing matches.
 *
 *     flow.source('photos', files('photos/*.jpg'))
 */
export function files(pattern: string, options: FilesOptions = {}): Source<FileItem> {
  checkText('files: the pattern', pattern, "a glob pattern such as 'photos/*.jpg'")
  checkOptions('files', options, ['watch'])
  const { watch = false } = options
  if (typeof watch !== 'boolean') throw new OptionError('files: watch', watch, 'true or false')
  if (watch) throw new OptionError('files: watch', watch, 'false: watching a folder is not available yet; run the pipeline again for new files')
  return new FilesSource(pattern)
}

type Page = readonly (readonly [path: string, bytes: number, modified: number])[]

class FilesSource extends ChunkedSource<FileItem> {
  readonly #pattern: string

  constructor(pattern: string) {
    super()
    this.#pattern = pattern
  }

  async *splits(context: SourceContext): AsyncGenerator<Split> {
    const listed = await listFiles(this.#pattern, context.signal)
    for (let from = 0; from < listed.length; from += itemsAtOnceMax) {
      yield { id: `page-${from / itemsAtOnceMax}`, data: pageOf(listed.slice(from, from + itemsAtOnceMax)) }
    }
  }

  sizeOf(split: Split, position?: unknown): number {
    return (position as number | undefined) ?? (split.data as Page).length
  }

  async *readChunks(split: Split, from: unknown): AsyncGenerator<readonly SourceItem<FileItem>[]> {
    const page = split.data as Page
    const done = (from ?? 0) as number
    if (done < page.length) yield page.slice(done).map((file, index) => sourceItem(file, done + index + 1))
  }
}

function pageOf(listed: readonly ListedFile[]): Page {
  return listed.map(({ path, bytes, modified }) => [path, bytes, modified])
}

function sourceItem([path, bytes, modified]: Page[number], position: number): SourceItem<FileItem> {
  return { item: { path, name: basename(path), bytes, modified: new Date(modified) }, position, origin: path }
}

// A list as a source: a file with a name or a JSON object a line, or standard input. The items stand in the list itself, so each is stored whole when it is taken.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { messageOf, SourceError } from '../sources/source-error.ts'
import { boundedLines } from './bounded-lines.ts'
import { ItemGoneError } from './item-gone-error.ts'
import type { ItemSource, ListedItem } from './item-source.ts'
import { lineItem } from './line-item.ts'

const lineCharactersMax = 16_000_000

abstract class ListSource implements ItemSource {
  abstract readonly description: string
  abstract readonly isSpent: boolean
  readonly #field: string

  constructor(field: string) {
    this.#field = field
  }

  abstract list(signal: AbortSignal): AsyncIterable<readonly ListedItem[]>

  protected async *items(stream: AsyncIterable<Buffer>): AsyncGenerator<readonly ListedItem[]> {
    for await (const lines of boundedLines(stream, lineCharactersMax, this.description)) {
      const items = lines.map(line => lineItem(line, this.#field)).filter(item => item !== undefined)
      if (items.length > 0) yield items
    }
  }

  async read(name: string): Promise<never> {
    throw new ItemGoneError(name, this.description)
  }

  async close(): Promise<void> {}
}

export class FileListSource extends ListSource {
  readonly description: string
  readonly isSpent = false
  readonly #path: string
  /** Size and time of the file as it was last read to its end. */
  #version: string | undefined

  constructor(path: string, field: string) {
    super(field)
    this.#path = path
    this.description = resolve(path)
  }

  async *list(signal: AbortSignal): AsyncGenerator<readonly ListedItem[]> {
    const version = await this.#look()
    if (version === this.#version) return
    yield* this.items(createReadStream(this.#path, { signal }))
    this.#version = version
  }

  async #look(): Promise<string> {
    try {
      const found = await stat(this.#path, { bigint: true })
      if (found.isDirectory()) throw new SourceError(`${this.#path} is a folder; give a file with one name a line, or serve the folder: batchwork source --folder ${this.#path}`)
      return `${found.ino}:${found.size}:${found.mtimeNs}`
    } catch (error) {
      throw error instanceof SourceError ? error : new SourceError(`the list ${this.#path} cannot be read: ${messageOf(error)}`, { cause: error })
    }
  }
}

export class InputListSource extends ListSource {
  readonly description = '-'
  readonly isSpent = true
  readonly #input: NodeJS.ReadStream

  constructor(input: NodeJS.ReadStream, field: string) {
    super(field)
    this.#input = input
  }

  async *list(signal: AbortSignal): AsyncGenerator<readonly ListedItem[]> {
    const end = () => void this.#input.destroy()
    signal.addEventListener('abort', end, { once: true })
    try {
      yield* this.items(this.#input as AsyncIterable<Buffer>)
    } finally {
      signal.removeEventListener('abort', end)
    }
  }

  override async close(): Promise<void> {
    this.#input.destroy()
  }
}

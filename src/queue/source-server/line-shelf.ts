// The lines of a file as items: names, or JSON objects. Held in memory is where each begins; the line is read when it is asked for.
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { messageOf, SourceError } from '../../sources/source-error.ts'
import { lineItem } from '../line-item.ts'
import { contentsOf, KeptContents } from './kept-contents.ts'
import type { Contents, Shelf } from './shelf.ts'

const lineBytesMax = 16_000_000
const lineEnd = 10

interface Place {
  readonly start: number
  readonly bytes: number
}

export class LineShelf implements Shelf {
  readonly description: string
  readonly #field: string
  readonly #onFault: (message: string) => void
  readonly #kept = new KeptContents(() => this.#look())
  #known: { readonly version: string; readonly contents: Contents } | undefined

  /** `field` names an item where a line is a JSON object. */
  constructor(path: string, field: string, onFault: (message: string) => void) {
    this.description = path
    this.#field = field
    this.#onFault = onFault
  }

  contents(): Promise<Contents> {
    return this.#kept.get()
  }

  async close(): Promise<void> {}

  async #look(): Promise<Contents> {
    try {
      const version = await versionOf(this.description)
      if (this.#known?.version !== version) this.#known = { version, contents: contentsOf(await this.#index(), place => this.#read(place)) }
      return this.#known.contents
    } catch (error) {
      throw error instanceof SourceError ? error : new SourceError(`${this.description} cannot be read: ${messageOf(error)}`, { cause: error })
    }
  }

  async #index(): Promise<ReadonlyMap<string, Place>> {
    const places = new Map<string, Place>()
    let line = 0
    for await (const { start, bytes } of linesOf(this.description)) {
      line++
      const item = lineItem(bytes.toString(), this.#field)
      if (item?.fault !== undefined) this.#onFault(`${this.description}:${line} is passed over: ${item.fault}`)
      else if (item && !places.has(item.name)) places.set(item.name, { start, bytes: bytes.length })
    }
    return places
  }

  async #read({ start, bytes }: Place): Promise<object | undefined> {
    const file = await open(this.description)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, start)
      const item = lineItem(buffer.toString('utf8', 0, bytesRead), this.#field)
      return item?.fault === undefined ? item?.data as object | undefined : undefined
    } finally {
      await file.close()
    }
  }
}

async function versionOf(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { ino, size, mtimeNs } = await file.stat({ bigint: true })
    return `${ino}:${size}:${mtimeNs}`
  } finally {
    await file.close()
  }
}

async function* linesOf(path: string): AsyncGenerator<{ readonly start: number; readonly bytes: Buffer }> {
  let rest: Buffer = Buffer.alloc(0)
  let start = 0
  for await (const part of createReadStream(path) as AsyncIterable<Buffer>) {
    let block = rest.length === 0 ? part : Buffer.concat([rest, part])
    for (let end = block.indexOf(lineEnd); end >= 0; end = block.indexOf(lineEnd)) {
      yield { start, bytes: block.subarray(0, end) }
      start += end + 1
      block = block.subarray(end + 1)
    }
    if (block.length > lineBytesMax) throw new SourceError(`${path} has a line of more than ${lineBytesMax} bytes; is it a list of one item a line?`)
    rest = block
  }
  if (rest.length > 0) yield { start, bytes: rest }
}

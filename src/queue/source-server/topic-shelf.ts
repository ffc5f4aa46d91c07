// A topic's items, called by their ids. Held in memory is where each stands.
import type { Log, TopicInfo } from '../../log.ts'
import { decodeItems, endOf } from '../../model/items.ts'
import { SourceError } from '../../sources/source-error.ts'
import { contentsOf, KeptContents } from './kept-contents.ts'
import type { Contents, Shelf } from './shelf.ts'

interface Place {
  readonly partition: number
  readonly offset: number
}

const chunksAtOnce = 64

export class TopicShelf implements Shelf {
  readonly description: string
  readonly #log: Log
  readonly #kept = new KeptContents(() => this.#look())
  readonly #places = new Map<string, Place>()
  /** By partition: up to where it is known. */
  readonly #known = new Map<number, number>()

  constructor(log: Log, topic: string) {
    this.#log = log
    this.description = topic
  }

  contents(): Promise<Contents> {
    return this.#kept.get()
  }

  close(): Promise<void> {
    return this.#log.close()
  }

  async #look(): Promise<Contents> {
    const info = (await this.#log.topics()).find(({ name }) => name === this.description)
    if (!info) throw new SourceError(`there is no topic '${this.description}' in this store; 'batchwork topics list' tells which there are`)
    for (let partition = 0; partition < info.partitions; partition++) await this.#readOn(partition, info.extents[partition]!)
    for (const [name, { partition, offset }] of this.#places) if (offset < info.extents[partition]!.start) this.#places.delete(name)
    return contentsOf(new Map(this.#places), place => this.#read(place))
  }

  async #readOn(partition: number, { start, end }: TopicInfo['extents'][number]): Promise<void> {
    let next = Math.max(start, this.#known.get(partition) ?? 0)
    while (next < end) {
      const chunks = await this.#log.read({ topic: this.description, partition }, next, { chunks: chunksAtOnce })
      for (const chunk of chunks) {
        let offset = chunk.offset
        if (!endOf(chunk)) for (const id of decodeItems(chunk).ids) this.#places.set(id, { partition, offset: offset++ })
      }
      next = chunks.at(-1)?.next ?? end
    }
    this.#known.set(partition, next)
  }

  async #read({ partition, offset }: Place): Promise<object | undefined> {
    const [chunk] = await this.#log.read({ topic: this.description, partition }, offset)
    if (!chunk || chunk.offset > offset || offset >= chunk.next) return undefined
    const value = decodeItems(chunk).values[offset - chunk.offset]
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { value }
  }
}

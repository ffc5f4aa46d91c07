// Which items a queue has taken, kept in the log beside its run. The one thing to know: that an item is known and that it waits to be worked on is one
// commit, so a manager killed at any instant neither forgets an item nor takes it twice.
import type { Log } from '../../log.ts'
import { BatchworkError } from '../../model/errors.ts'
import { encodeItems } from '../../model/items.ts'
import { Names } from '../../model/names.ts'
import { levels } from '../../plan/plan.ts'
import type { ListedItem } from '../item-source.ts'

/** An item as it waits: data only where the list held it. */
export interface TakenItem {
  readonly name: string
  readonly data?: unknown
}

const partition = levels.indexOf('normal')

export class QueueRecord {
  readonly #log: Log
  readonly #epoch: number
  readonly #topic: string
  readonly #names: string
  readonly #facts: string
  #taken = 0

  constructor(log: Log, epoch: number, queue: string, topic: string) {
    this.#log = log
    this.#epoch = epoch
    this.#topic = topic
    this.#names = `${queue}/taken`
    this.#facts = `${queue}/queue`
  }

  /** Items taken in all. */
  get taken(): number {
    return this.#taken
  }

  /** Binds the record to its source. Throws BatchworkError where it belongs to another. */
  async open(queue: string, source: string): Promise<void> {
    const info = (await this.#log.topics()).find(({ name }) => name === this.#topic)
    this.#taken = info?.extents[partition]?.end ?? 0
    const [bound] = await this.#log.get(this.#facts, ['source'])
    const before = bound && JSON.parse(bound.value) as string
    if (before === source) return
    if (before === undefined) return this.#change([{ store: this.#facts, key: 'source', value: JSON.stringify(source) }])
    const why = 'names that are done there would be passed over here. Give another --name, or another --store'
    throw new BatchworkError('QUEUE_SOURCE', `queue '${queue}' in this store takes its items from ${before}, not from ${source}: ${why}`)
  }

  async known(names: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set((await this.#log.get(this.#names, names)).map(({ key }) => key))
  }

  async take(items: readonly ListedItem[]): Promise<void> {
    const values = items.map(({ name, data }): TakenItem => (data === undefined ? { name } : { name, data }))
    const chunk = encodeItems({ values, ids: Names.of(items.map(({ name }) => name)) })
    const state = items.map(({ name }) => ({ store: this.#names, key: name, value: '1' }))
    await this.#log.commit({ epoch: this.#epoch, appends: [{ topic: this.#topic, partition, chunk }], progress: [], state })
    this.#taken += items.length
  }

  /** The item is not known any more. */
  async forget(name: string): Promise<void> {
    await this.#change([{ store: this.#names, key: name, value: null }])
  }

  async #change(state: Parameters<Log['commit']>[0]['state']): Promise<void> {
    await this.#log.commit({ epoch: this.#epoch, appends: [], progress: [], state })
  }
}

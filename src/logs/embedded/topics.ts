// The topics of a store.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { TopicInfo, TopicSpec } from '../../log.ts'
import { LogError } from '../../model/errors.ts'
import { checksumOf, damaged } from './integrity.ts'
import type { Partitions } from './partitions.ts'

export class Topics {
  readonly #path: string
  readonly #partitions: Partitions
  readonly #get: StatementSync
  readonly #list: StatementSync
  readonly #set: StatementSync
  readonly #delete: StatementSync

  constructor(database: DatabaseSync, partitions: Partitions, path: string) {
    this.#path = path
    this.#partitions = partitions
    this.#get = database.prepare('SELECT * FROM topics WHERE name = ?')
    this.#list = database.prepare('SELECT * FROM topics ORDER BY name')
    this.#set = database.prepare('INSERT OR REPLACE INTO topics VALUES (?, ?, ?, ?)')
    this.#delete = database.prepare('DELETE FROM topics WHERE name = ?')
  }

  create(topic: TopicSpec): void {
    const known = this.get(topic.name)
    if (known && known.partitions !== topic.partitions) {
      throw new LogError('PARTITIONS', `topic '${topic.name}' has ${known.partitions} partitions and cannot be given ${topic.partitions}; use another name, or delete it first`)
    }
    const subscriptions = JSON.stringify([...new Set([...(known?.subscriptions ?? []), ...topic.subscriptions])])
    this.#set.run(topic.name, topic.partitions, subscriptions, checksumOf(topic.name, topic.partitions, subscriptions))
    if (!known) for (let partition = 0; partition < topic.partitions; partition++) this.#partitions.create(topic.name, partition)
  }

  get(name: string): TopicSpec | undefined {
    const row = this.#get.get(name)
    return row && this.#specOf(row)
  }

  list(): readonly TopicInfo[] {
    const extents = Map.groupBy(this.#partitions.all(), row => row.topic)
    return this.#list.all().map(row => this.#specOf(row)).map(topic => ({
      ...topic,
      extents: (extents.get(topic.name) ?? []).map(({ first, next }) => ({ start: first, end: next })),
    }))
  }

  delete(name: string): void {
    this.#partitions.delete(name)
    this.#delete.run(name)
  }

  /** Every partition of every topic can be found, and no other. */
  check(): void {
    const topics = this.#list.all().map(row => this.#specOf(row))
    const count = topics.reduce((sum, { partitions }) => sum + partitions, 0)
    if (this.#partitions.all().length !== count) throw damaged(this.#path, `its topics have ${count} partitions, but ${this.#partitions.all().length} are found`)
    for (const { name, partitions } of topics) for (let partition = 0; partition < partitions; partition++) this.#partitions.check(name, partition)
  }

  #specOf(row: Record<string, unknown>): TopicSpec {
    const [name, partitions, subscriptions] = [String(row['name']), Number(row['partitions']), String(row['subscriptions'])]
    if (row['checksum'] !== checksumOf(name, partitions, subscriptions)) throw damaged(this.#path, `the record of topic '${name}' does not match its checksum`)
    return { name, partitions, subscriptions: JSON.parse(subscriptions) as string[] }
  }
}

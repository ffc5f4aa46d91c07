// The topics of a store.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { TopicInfo, TopicSpec } from '../../log.ts'
import { LogError } from '../../model/errors.ts'
import type { Partitions } from './partitions.ts'

export class Topics {
  readonly #partitions: Partitions
  readonly #get: StatementSync
  readonly #list: StatementSync
  readonly #set: StatementSync
  readonly #delete: StatementSync

  constructor(database: DatabaseSync, partitions: Partitions) {
    this.#partitions = partitions
    this.#get = database.prepare('SELECT * FROM topics WHERE name = ?')
    this.#list = database.prepare('SELECT * FROM topics ORDER BY name')
    this.#set = database.prepare('INSERT OR REPLACE INTO topics VALUES (?, ?, ?)')
    this.#delete = database.prepare('DELETE FROM topics WHERE name = ?')
  }

  create(topic: TopicSpec): void {
    const known = this.get(topic.name)
    if (known && known.partitions !== topic.partitions) {
      throw new LogError('PARTITIONS', `topic '${topic.name}' has ${known.partitions} partitions and cannot be given ${topic.partitions}; use another name, or delete it first`)
    }
    this.#set.run(topic.name, topic.partitions, JSON.stringify([...new Set([...(known?.subscriptions ?? []), ...topic.subscriptions])]))
    if (!known) for (let partition = 0; partition < topic.partitions; partition++) this.#partitions.create(topic.name, partition)
  }

  get(name: string): TopicSpec | undefined {
    const row = this.#get.get(name)
    return row && specOf(row)
  }

  list(): readonly TopicInfo[] {
    const extents = Map.groupBy(this.#partitions.all(), row => row.topic)
    return this.#list.all().map(specOf).map(topic => ({
      ...topic,
      extents: (extents.get(topic.name) ?? []).map(({ first, next }) => ({ start: first, end: next })),
    }))
  }

  delete(name: string): void {
    this.#partitions.delete(name)
    this.#delete.run(name)
  }
}

function specOf(row: Record<string, unknown>): TopicSpec {
  return { name: String(row['name']), partitions: Number(row['partitions']), subscriptions: JSON.parse(String(row['subscriptions'])) }
}

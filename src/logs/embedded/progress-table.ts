// How far each subscription is in each partition.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Progress } from '../../log.ts'
import type { Digest } from './digest.ts'
import { checksumOf, damaged } from './integrity.ts'

interface ProgressRow {
  readonly subscription: string
  readonly topic: string
  readonly partition: number
  readonly mark: number
  readonly done: string
  readonly note: string | null
  readonly checksum: number
}

export class ProgressTable {
  readonly #path: string
  readonly #digest: Digest
  readonly #set: StatementSync
  readonly #list: StatementSync
  readonly #one: StatementSync
  readonly #all: StatementSync
  readonly #ofTopic: StatementSync
  readonly #delete: StatementSync

  constructor(database: DatabaseSync, digest: Digest, path: string) {
    this.#path = path
    this.#digest = digest
    this.#set = database.prepare('INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?, ?, ?, ?)')
    this.#list = database.prepare('SELECT * FROM progress WHERE subscription = ?')
    this.#one = database.prepare('SELECT * FROM progress WHERE subscription = ? AND topic = ? AND partition = ?')
    this.#all = database.prepare('SELECT * FROM progress')
    this.#ofTopic = database.prepare('SELECT checksum FROM progress WHERE topic = ?')
    this.#delete = database.prepare('DELETE FROM progress WHERE topic = ?')
  }

  set({ subscription, topic, partition, mark, done, note }: Progress): void {
    const ranges = JSON.stringify(done)
    const checksum = checksumOf(subscription, topic, partition, mark, ranges, note ?? null)
    this.#digest.replace(Number(this.#one.get(subscription, topic, partition)?.['checksum'] ?? 0), checksum)
    this.#set.run(subscription, topic, partition, mark, ranges, note ?? null, checksum)
  }

  list(subscription: string): readonly Progress[] {
    return (this.#list.all(subscription) as unknown as ProgressRow[]).map(row => this.#checked(row))
  }

  /** 0 where nothing is done yet. */
  mark(subscription: string, topic: string, partition: number): number {
    const row = this.#one.get(subscription, topic, partition) as unknown as ProgressRow | undefined
    return row ? this.#checked(row).mark : 0
  }

  *checksums(): Generator<number> {
    for (const row of this.#all.iterate()) {
      this.#checked(row as unknown as ProgressRow)
      yield Number(row['checksum'])
    }
  }

  deleteTopic(topic: string): void {
    for (const { checksum } of this.#ofTopic.all(topic)) this.#digest.replace(Number(checksum), 0)
    this.#delete.run(topic)
  }

  #checked({ checksum, done, note, ...row }: ProgressRow): Progress {
    if (checksum !== checksumOf(row.subscription, row.topic, row.partition, row.mark, done, note)) {
      throw damaged(this.#path, `the progress of '${row.subscription}' in partition ${row.partition} of topic '${row.topic}' does not match its checksum`)
    }
    return { ...row, done: JSON.parse(done), note: note ?? undefined }
  }
}

// How far each subscription is in each partition.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Progress } from '../../log.ts'
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
  readonly #set: StatementSync
  readonly #list: StatementSync
  readonly #mark: StatementSync
  readonly #delete: StatementSync

  constructor(database: DatabaseSync, path: string) {
    this.#path = path
    this.#set = database.prepare('INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?, ?, ?, ?)')
    this.#list = database.prepare('SELECT * FROM progress WHERE subscription = ?')
    this.#mark = database.prepare('SELECT mark FROM progress WHERE subscription = ? AND topic = ? AND partition = ?')
    this.#delete = database.prepare('DELETE FROM progress WHERE topic = ?')
  }

  set({ subscription, topic, partition, mark, done, note }: Progress): void {
    const ranges = JSON.stringify(done)
    this.#set.run(subscription, topic, partition, mark, ranges, note ?? null, checksumOf(subscription, topic, partition, mark, ranges, note ?? null))
  }

  list(subscription: string): readonly Progress[] {
    return (this.#list.all(subscription) as unknown as ProgressRow[]).map(row => this.#checked(row))
  }

  /** 0 where nothing is done yet. */
  mark(subscription: string, topic: string, partition: number): number {
    return Number(this.#mark.get(subscription, topic, partition)?.['mark'] ?? 0)
  }

  deleteTopic(topic: string): void {
    this.#delete.run(topic)
  }

  #checked({ checksum, done, note, ...row }: ProgressRow): Progress {
    if (checksum !== checksumOf(row.subscription, row.topic, row.partition, row.mark, done, note)) {
      throw damaged(this.#path, `the progress of '${row.subscription}' in partition ${row.partition} of topic '${row.topic}' does not match its checksum`)
    }
    return { ...row, done: JSON.parse(done), note: note ?? undefined }
  }
}

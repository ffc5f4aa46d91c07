// The partitions of a store: where each begins and ends, and the head of its hash chain.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { PartitionId } from '../../log.ts'
import { LogError } from '../../model/errors.ts'
import { checksumOf, damaged } from './integrity.ts'

export interface PartitionRow {
  readonly number: number
  readonly topic: string
  readonly partition: number
  /** Offset of the first item that is still there. */
  readonly first: number
  /** Offset the next item gets. */
  readonly next: number
  /** Link of the last chunk appended. */
  readonly chain: string
}

export class Partitions {
  readonly #path: string
  readonly #find: StatementSync
  readonly #list: StatementSync
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #delete: StatementSync

  constructor(database: DatabaseSync, path: string) {
    this.#path = path
    this.#find = database.prepare('SELECT * FROM partitions WHERE topic = ? AND partition = ?')
    this.#list = database.prepare('SELECT * FROM partitions ORDER BY topic, partition')
    this.#insert = database.prepare("INSERT INTO partitions (topic, partition, first, next, chain, checksum) VALUES (?, ?, 0, 0, '', 0)")
    this.#update = database.prepare('UPDATE partitions SET first = ?, next = ?, chain = ?, checksum = ? WHERE number = ?')
    this.#delete = database.prepare('DELETE FROM partitions WHERE topic = ?')
  }

  create(topic: string, partition: number): void {
    const number = Number(this.#insert.run(topic, partition).lastInsertRowid)
    this.set({ number, topic, partition, first: 0, next: 0, chain: '' })
  }

  get({ topic, partition }: PartitionId): PartitionRow {
    const row = this.#find.get(topic, partition)
    if (!row) throw new LogError('NO_TOPIC', `there is no partition ${partition} of topic '${topic}'`)
    return this.#checked(row)
  }

  check(topic: string, partition: number): void {
    const row = this.#find.get(topic, partition)
    if (!row) throw damaged(this.#path, `partition ${partition} of topic '${topic}' cannot be found`)
    this.#checked(row)
  }

  set(row: PartitionRow): void {
    this.#update.run(row.first, row.next, row.chain, checksumOfRow(row), row.number)
  }

  all(): readonly PartitionRow[] {
    return this.#list.all().map(row => this.#checked(row))
  }

  delete(topic: string): void {
    this.#delete.run(topic)
  }

  #checked(row: Record<string, unknown>): PartitionRow {
    const { checksum, ...rest } = row as unknown as PartitionRow & { checksum: number }
    if (checksum !== checksumOfRow(rest)) {
      throw damaged(this.#path, `the record of partition ${rest.partition} of topic '${rest.topic}' does not match its checksum`)
    }
    return rest
  }
}

function checksumOfRow({ number, topic, partition, first, next, chain }: PartitionRow): number {
  return checksumOf(number, topic, partition, first, next, chain)
}

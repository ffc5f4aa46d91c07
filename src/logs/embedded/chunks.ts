// The chunks of a store: a row each, with a checksum and a link to the one before it.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { EncodedChunk, PartitionId, ReadLimits, StoredChunk } from '../../log.ts'
import { checksumOf, damaged, linkOf } from './integrity.ts'
import type { PartitionRow, Partitions } from './partitions.ts'
import { offsetsPerPartition } from './schema.ts'

interface ChunkRow {
  readonly key: number
  readonly count: number
  readonly at: number
  readonly columns: string
  readonly body: string
  readonly checksum: number
  readonly previous: string
  readonly chain: string
}

export class Chunks {
  readonly #path: string
  readonly #partitions: Partitions
  readonly #insert: StatementSync
  readonly #holding: StatementSync
  readonly #following: StatementSync
  readonly #lastBefore: StatementSync
  readonly #remove: StatementSync

  constructor(database: DatabaseSync, partitions: Partitions, path: string) {
    this.#path = path
    this.#partitions = partitions
    this.#insert = database.prepare('INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    this.#holding = database.prepare('SELECT * FROM chunks WHERE key <= ? AND key >= ? ORDER BY key DESC LIMIT 1')
    this.#following = database.prepare('SELECT * FROM chunks WHERE key > ? AND key < ? ORDER BY key')
    this.#lastBefore = database.prepare('SELECT key, count FROM chunks WHERE key < ? AND key >= ? ORDER BY key DESC LIMIT 1')
    this.#remove = database.prepare('DELETE FROM chunks WHERE key >= ? AND key < ?')
  }

  append(id: PartitionId, chunk: EncodedChunk, at: number): { offset: number; next: number } {
    const row = this.#partitions.get(id)
    if (chunk.count === 0) return { offset: row.next, next: row.next }
    const key = row.number * offsetsPerPartition + row.next
    const checksum = checksumOf(chunk.columns, at, chunk.values)
    const chain = linkOf(row.chain, key, chunk.count, checksum)
    this.#insert.run(key, chunk.count, at, chunk.columns, chunk.values, checksum, row.chain, chain)
    const next = row.next + chunk.count
    this.#partitions.set({ ...row, next, chain })
    return { offset: row.next, next }
  }

  read(id: PartitionId, from: number, limits: ReadLimits = {}): readonly StoredChunk[] {
    const partition = this.#partitions.get(id)
    const found: StoredChunk[] = []
    let bytes = 0
    for (const chunk of this.#from(partition, Math.max(from, partition.first))) {
      found.push(chunk)
      bytes += chunk.values.length
      if (found.length >= (limits.chunks ?? 1) || bytes >= (limits.bytes ?? 4_000_000)) break
    }
    return found
  }

  /** Removes the chunks that end at or below `mark`. */
  trim(id: PartitionId, mark: number): void {
    const partition = this.#partitions.get(id)
    const base = partition.number * offsetsPerPartition
    const last = this.#lastBefore.get(base + mark, base) as { key: number; count: number } | undefined
    if (!last) return
    const end = Math.min(last.key + last.count <= base + mark ? base + mark : last.key, base + partition.next)
    if (end <= base + partition.first) return
    this.#remove.run(base + partition.first, end)
    this.#partitions.set({ ...partition, first: end - base })
  }

  deleteTopic(topic: string): void {
    for (const { number } of this.#partitions.all().filter(row => row.topic === topic)) {
      this.#remove.run(number * offsetsPerPartition, (number + 1) * offsetsPerPartition)
    }
  }

  /** The chunks from the one that holds `from`, each checked against its checksum, its neighbour and the end of the partition. */
  *#from(partition: PartitionRow, from: number): Generator<StoredChunk> {
    if (from >= partition.next) return
    const base = partition.number * offsetsPerPartition
    let row = this.#holding.get(base + from, base) as ChunkRow | undefined
    if (!row || row.key + row.count <= base + from) throw this.#lost(partition, from)
    yield this.#checked(row, partition)
    for (const following of this.#following.iterate(row.key, base + offsetsPerPartition) as Iterable<unknown>) {
      const next = following as ChunkRow
      if (next.key !== row.key + row.count || next.previous !== row.chain) throw this.#lost(partition, row.key + row.count - base)
      row = next
      yield this.#checked(row, partition)
    }
    if (row.key + row.count !== base + partition.next || row.chain !== partition.chain) throw this.#lost(partition, row.key + row.count - base)
  }

  #checked(row: ChunkRow, partition: PartitionRow): StoredChunk {
    const offset = row.key - partition.number * offsetsPerPartition
    const checksum = checksumOf(row.columns, row.at, row.body)
    if (checksum !== row.checksum || row.chain !== linkOf(row.previous, row.key, row.count, checksum)) {
      throw damaged(this.#path, `the chunk at offset ${offset} of topic '${partition.topic}', partition ${partition.partition}, does not match its checksum`)
    }
    const { topic, partition: number } = partition
    return { topic, partition: number, offset, next: offset + row.count, count: row.count, at: row.at, columns: row.columns, values: row.body }
  }

  #lost(partition: PartitionRow, offset: number) {
    return damaged(this.#path, `the chunk at offset ${offset} of topic '${partition.topic}', partition ${partition.partition}, is missing`)
  }
}

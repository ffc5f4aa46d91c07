// Ids seen within a topic's horizon, as 128-bit hashes: what makes a second publish of the same item a duplicate.
import { createHash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { EncodedChunk } from '../../log.ts'
import { without } from '../../model/items.ts'

export class IdIndex {
  readonly #claim: StatementSync
  readonly #forget: StatementSync
  readonly #delete: StatementSync
  #sweptAt = 0

  constructor(database: DatabaseSync) {
    this.#claim = database.prepare('INSERT INTO ids VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET at = ?3 WHERE at <= ?4')
    this.#forget = database.prepare('DELETE FROM ids WHERE topic = ? AND at <= ?')
    this.#delete = database.prepare('DELETE FROM ids WHERE topic = ?')
  }

  /** The chunk without the items whose id was seen, and their indexes. */
  drop(topic: string, chunk: EncodedChunk, unique: { readonly ids: readonly string[]; readonly forMs: number }, at: number): { chunk: EncodedChunk; duplicates: number[] } {
    const horizon = at - unique.forMs
    this.#sweep(topic, horizon, at)
    const duplicates: number[] = []
    unique.ids.forEach((id, index) => {
      if (this.#claim.run(topic, hashOf(id), at, horizon).changes === 0) duplicates.push(index)
    })
    return { chunk: without(chunk, duplicates), duplicates }
  }

  deleteTopic(topic: string): void {
    this.#delete.run(topic)
  }

  /** At most once a minute. */
  #sweep(topic: string, horizon: number, at: number): void {
    if (at - this.#sweptAt < 60_000) return
    this.#sweptAt = at
    this.#forget.run(topic, horizon)
  }
}

function hashOf(id: string): Uint8Array {
  return createHash('md5').update(id).digest()
}

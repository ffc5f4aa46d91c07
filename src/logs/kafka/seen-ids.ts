// The ids seen within a topic's horizon, for all processes: a topic of records that name the ids of an append. Who appends such items writes under one
// transactional id that all processes share: taking it over fences the one before, and whoever takes it reads all ids first. So of many at once one keeps an id.
import { createHash } from 'node:crypto'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Append } from '../../log.ts'
import type { Cluster } from './cluster.ts'
import type { HangingTransactions } from './hanging-transactions.ts'
import type { KafkaRecord, NewRecord } from './records.ts'
import { Tail } from './tail.ts'

interface Noted {
  readonly topic: string
  /** Left out: all ids of the topic are forgotten. */
  readonly ids?: readonly string[]
  readonly forMs?: number
}

/** What one try of a transaction has seen so far; dropped with it. */
export type Claims = Map<string, number>

const sweepEveryMs = 60_000
/** Between clocks of processes that append the same ids. */
const clockMarginMs = 60_000
/** Of every so many records the place is remembered, for the removal of older ones. */
const placesEvery = 100

export class SeenIds {
  readonly #cluster: Cluster
  readonly #topic: string
  readonly #tail: Tail
  readonly #database = new DatabaseSync('')
  readonly #set: StatementSync
  readonly #get: StatementSync
  readonly #forget: StatementSync
  readonly #sweep: StatementSync
  readonly #places: { readonly offset: number, readonly at: number }[] = []
  #isFollowing = false
  #records = 0
  #forMsMax = 0
  #sweptAt = 0

  constructor(cluster: Cluster, hanging: HangingTransactions, topic: string) {
    this.#cluster = cluster
    this.#topic = topic
    this.#tail = new Tail(cluster, hanging, topic, record => this.#take(record))
    this.#database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE ids (topic TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (topic, id)) WITHOUT ROWID')
    this.#set = this.#database.prepare('INSERT OR REPLACE INTO ids VALUES (?, ?, ?)')
    this.#get = this.#database.prepare('SELECT at FROM ids WHERE topic = ? AND id = ?')
    this.#forget = this.#database.prepare('DELETE FROM ids WHERE topic = ?')
    this.#sweep = this.#database.prepare('DELETE FROM ids WHERE at <= ?')
  }

  /** Knows all that is stored by now. */
  async atEnd(): Promise<void> {
    if (!this.#isFollowing) {
      this.#isFollowing = true
      this.#tail.follow()
    }
    await this.#tail.atEnd()
  }

  passed(offset: number): Promise<void> {
    return this.#tail.passed(offset)
  }

  /** Indexes of the ids that were seen. The others are claimed. */
  claim({ topic, unique }: Append, claims: Claims, now: number): readonly number[] {
    const { ids, forMs } = unique!
    return ids.flatMap((id, index) => {
      const key = `${topic}\u0000${hashOf(id)}`
      const at = claims.get(key) ?? this.#get.get(topic, hashOf(id))?.['at']
      if (at !== undefined && now - Number(at) < forMs) return [index]
      claims.set(key, now)
      return []
    })
  }

  recordOf({ topic, unique }: Append, duplicates: readonly number[], now: number): NewRecord {
    const seen = new Set(duplicates)
    const noted: Noted = { topic, ids: unique!.ids.filter((_, index) => !seen.has(index)).map(hashOf), forMs: unique!.forMs }
    return { topic: this.#topic, partition: 0, value: JSON.stringify(noted), at: now }
  }

  forgetting(topic: string, now: number): NewRecord {
    return { topic: this.#topic, partition: 0, value: JSON.stringify({ topic } satisfies Noted), at: now }
  }

  /** Removes what no horizon reaches any more. At most once a minute. */
  async tidy(now: number): Promise<void> {
    if (now - this.#sweptAt < sweepEveryMs) return
    this.#sweptAt = now
    const horizon = now - this.#forMsMax - clockMarginMs
    this.#sweep.run(horizon)
    const kept = this.#places.findIndex(({ at }) => at > horizon)
    const [place] = this.#places.splice(0, kept < 0 ? this.#places.length : kept).slice(-1)
    if (!place) return
    const partitions = [{ partitionIndex: 0, offset: BigInt(place.offset) }]
    await this.#cluster.ask({ to: 'leader', topic: this.#topic, partition: 0 }, connection => this.#cluster.kafka.deleteRecordsV2.api.async(connection, [{ name: this.#topic, partitions }], 5_000))
  }

  close(): void {
    this.#database.close()
  }

  #take({ offset, at, value }: KafkaRecord): void {
    const { topic, ids, forMs = 0 } = JSON.parse(value!.toString()) as Noted
    this.#forMsMax = Math.max(this.#forMsMax, forMs)
    if (this.#records++ % placesEvery === 0) this.#places.push({ offset, at })
    if (ids === undefined) this.#forget.run(topic)
    for (const id of ids ?? []) this.#set.run(topic, id, at)
  }
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64').slice(0, 22)
}

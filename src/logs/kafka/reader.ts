// Reads chunks. A fetch brings more than was asked for; the rest is kept for the read that goes on after it.
import { setTimeout as pause } from 'node:timers/promises'
import type { PartitionId, ReadLimits, StoredChunk } from '../../log.ts'
import type { Cluster } from './cluster.ts'
import { fetchFrom, type Fetched } from './fetch.ts'
import type { KafkaNames } from './names.ts'
import { offsetsPerRecord, RecordChunk } from './records.ts'

interface Ahead {
  /** The read that goes on here. */
  readonly from: number
  readonly chunks: readonly RecordChunk[]
}

const bytesDefault = 4_000_000
const bytesAtOnce = 1_000_000
/** Partitions with something kept; the one that was read longest ago goes first. */
const aheadMax = 32
const lane = 'read'
const [latest, earliest] = [-1n, -2n]
/** Between two looks for the end of a transaction. */
const [waitMsMin, waitMsMax] = [2, 50]

export class Reader {
  readonly #cluster: Cluster
  readonly #names: KafkaNames
  readonly #ahead = new Map<string, Ahead>()
  /** By partition: the newest leader that is known to know the end. */
  readonly #sure = new Map<string, number>()

  constructor(cluster: Cluster, names: KafkaNames) {
    this.#cluster = cluster
    this.#names = names
  }

  async read(id: PartitionId, from: number, { chunks: chunksMax = 1, bytes: bytesMax = bytesDefault }: ReadLimits = {}): Promise<readonly StoredChunk[]> {
    const key = `${id.partition}:${id.topic}`
    const found: StoredChunk[] = []
    let bytes = 0
    let next = from
    const isEnough = () => found.length >= chunksMax || (found.length > 0 && bytes >= bytesMax)
    while (!isEnough()) {
      const chunks = this.#keptAt(key, next) ?? await this.#fetch(id, next)
      if (chunks.length === 0) break
      let taken = 0
      for (; taken < chunks.length && !isEnough(); taken++) {
        found.push(chunks[taken]!)
        bytes += chunks[taken]!.bytes
      }
      next = chunks[taken - 1]!.next
      if (taken < chunks.length) this.#keep(key, { from: next, chunks: chunks.slice(taken) })
    }
    return found
  }

  forget(topic: string): void {
    for (const known of [this.#ahead, this.#sure]) for (const key of known.keys()) if (key.endsWith(`:${topic}`)) known.delete(key)
  }

  #keptAt(key: string, from: number): readonly RecordChunk[] | undefined {
    const kept = this.#ahead.get(key)
    this.#ahead.delete(key)
    return kept?.from === from ? kept.chunks : undefined
  }

  #keep(key: string, ahead: Ahead): void {
    this.#ahead.set(key, ahead)
    for (const oldest of this.#ahead.keys()) {
      if (this.#ahead.size <= aheadMax) break
      this.#ahead.delete(oldest)
    }
  }

  /**
   * At least one chunk if there is one: what is between records (marks, aborted ones) is passed over. While a transaction is open here, what is stored after its
   * beginning cannot be read; this waits for its end, so that nothing is empty in which something was acknowledged.
   */
  async #fetch(id: PartitionId, from: number): Promise<readonly RecordChunk[]> {
    const topic = this.#names.topic(id.topic)
    let waitMs = waitMsMin
    for (let offset = Math.floor(from / offsetsPerRecord); ;) {
      const fetched = await fetchFrom(this.#cluster, { topic, partition: id.partition, offset, bytesMax: bytesAtOnce, lane })
      if (!fetched) {
        const start = await this.#offsetAt(topic, id.partition, earliest)
        if (start <= offset) return []
        offset = start
        continue
      }
      const chunks = fetched.records.map(record => new RecordChunk(id, record)).filter(chunk => chunk.offset + chunk.count > from)
      if (chunks.length > 0 || (fetched.next >= fetched.end && await this.#isEnd(id, fetched))) return chunks
      if (fetched.next === offset) await pause(waitMs = Math.min(waitMs * 1.5, waitMsMax))
      offset = fetched.next
    }
  }

  /**
   * After an election the leader's high watermark may lie before what was acknowledged, until its followers have asked it again. A fetch says nothing of that; the
   * question for the latest offset is not answered until then.
   */
  async #isEnd(id: PartitionId, { next, leaderEpoch }: Fetched): Promise<boolean> {
    const key = `${id.partition}:${id.topic}`
    if (leaderEpoch >= 0 && this.#sure.get(key) === leaderEpoch) return true
    const end = await this.#offsetAt(this.#names.topic(id.topic), id.partition, latest)
    this.#sure.set(key, leaderEpoch)
    return next >= end
  }

  async #offsetAt(topic: string, partition: number, timestamp: bigint): Promise<number> {
    const { topics } = await this.#cluster.ask({ to: 'leader', topic, partition }, connection => (
      this.#cluster.kafka.listOffsetsV7.api.async(connection, -1, 0, [{ name: topic, partitions: [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp }] }])
    ))
    return Number(topics[0]!.partitions[0]!.offset)
  }
}

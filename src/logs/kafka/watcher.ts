// Tells when something became readable, by whomever it was written: a long poll at each broker over the ends of all partitions. What comes of it is an end that
// moved; the records themselves are not read here.
import { setTimeout as pause } from 'node:timers/promises'
import type { PartitionId } from '../../log.ts'
import type { Connection, Kafka } from './client.ts'
import type { Cluster } from './cluster.ts'
import type { HangingTransactions } from './hanging-transactions.ts'

interface Watched extends PartitionId {
  readonly kafkaTopic: string
  /** The last stable offset known. Undefined: not looked at yet. */
  end?: number
}

const waitMs = 500
const retryPauseMs = 50
const lane = 'watch'
const [readCommitted, latest] = [1, -1n]
const noSession = -1
const noLeader = -1

export class Watcher {
  readonly #cluster: Cluster
  readonly #hanging: HangingTransactions | undefined
  readonly #listeners = new Set<(partition: PartitionId) => void>()
  readonly #watched = new Map<string, Watched>()
  readonly #loops = new Set<number>()
  #isTending = false
  /** Of all that is watched, when they were looked for last. */
  #areLeadersKnown = true
  /** So many times polls were ended for the sake of what is new. */
  #cuts = 0

  /** `hanging`: told of what cannot be read yet. */
  constructor(cluster: Cluster, hanging?: HangingTransactions) {
    this.#cluster = cluster
    this.#hanging = hanging
  }

  watch(listener: (partition: PartitionId) => void): () => void {
    const own = (partition: PartitionId) => listener(partition)
    this.#listeners.add(own)
    void this.#tend()
    return () => void this.#listeners.delete(own)
  }

  add({ topic, partition }: PartitionId, kafkaTopic: string): void {
    const key = `${partition}:${kafkaTopic}`
    if (this.#watched.has(key)) return
    this.#watched.set(key, { topic, partition, kafkaTopic })
    void this.#tend()
  }

  /**
   * This process appended something: told before that is answered, as who appended must not take what comes of it for nothing. The poll tells of it later, and
   * much later where leaders are being elected.
   */
  tell({ topic, partition }: PartitionId): void {
    for (const listener of this.#listeners) listener({ topic, partition })
  }

  forget(topic: string): void {
    for (const [key, watched] of this.#watched) if (watched.topic === topic) this.#watched.delete(key)
  }

  /** Finds the leaders of what is new, and sees to it that each broker is asked. */
  async #tend(): Promise<void> {
    if (this.#isTending || this.#listeners.size === 0) return
    this.#isTending = true
    await Promise.resolve()
    try {
      const known = this.#loops.size
      this.#pollEach(await this.#byLeader())
      // Nobody knows yet who leads what is watched: the number of none is polled until somebody does.
      if (this.#loops.size === 0 && !this.#areLeadersKnown) void this.#poll(noLeader)
      // Who waits already does not wait for what is new.
      if (known > 0) this.#cut()
    } finally {
      this.#isTending = false
    }
  }

  #cut(): void {
    this.#cuts++
    this.#cluster.cut(lane)
  }

  async #byLeader(): Promise<ReadonlyMap<number, readonly Watched[]>> {
    const leaderOf = ({ kafkaTopic, partition }: Watched) => this.#cluster.knownLeaderOf(kafkaTopic, partition)
    const unknown = new Set([...this.#watched.values()].filter(watched => leaderOf(watched) === undefined).map(({ kafkaTopic }) => kafkaTopic))
    if (unknown.size > 0) await this.#cluster.ask({ to: 'anyone' }, () => this.#cluster.refresh([...unknown]), { patienceMs: 1_000 }).catch(() => {})
    const groups = Map.groupBy(this.#watched.values(), leaderOf)
    this.#areLeadersKnown = !groups.delete(undefined)
    return groups as ReadonlyMap<number, readonly Watched[]>
  }

  #pollEach(groups: ReadonlyMap<number, unknown>): void {
    for (const leader of groups.keys()) if (!this.#loops.has(leader)) void this.#poll(leader)
  }

  /** Until it leads nothing any more and others do: while it is away, nobody may. */
  async #poll(leader: number): Promise<void> {
    this.#loops.add(leader)
    while (!this.#cluster.end && this.#listeners.size > 0) {
      const groups = await this.#byLeader()
      this.#pollEach(groups)
      const own = groups.get(leader)
      if (!own && this.#areLeadersKnown) break
      if (!own) {
        await pause(retryPauseMs)
        continue
      }
      const cuts = this.#cuts
      try {
        await this.#findEnds(own)
        if (!(await this.#wait(own))) await pause(retryPauseMs)
      } catch {
        if (this.#cluster.end) break
        if (this.#cuts > cuts) continue
        for (const { kafkaTopic, partition } of own) this.#cluster.forgetLeader(kafkaTopic, partition)
        await pause(retryPauseMs)
      }
    }
    this.#loops.delete(leader)
  }

  /** What came before its end was known may have been missed, so it is told of. */
  async #findEnds(own: readonly Watched[]): Promise<void> {
    const fresh = own.filter(({ end }) => end === undefined)
    if (fresh.length === 0) return
    const [{ kafkaTopic: topic, partition }] = fresh as [Watched, ...Watched[]]
    const { topics } = await this.#cluster.ask({ to: 'leader', topic, partition }, connection => listEnds(this.#cluster.kafka, connection, fresh), { patienceMs: 0 })
    for (const { name, partitions } of topics) for (const { partitionIndex, offset } of partitions) this.#moved(name, partitionIndex, Number(offset))
  }

  /** Gives whether all could be watched: what cannot must not make this process blind to the rest. */
  async #wait(own: readonly Watched[]): Promise<boolean> {
    const [{ kafkaTopic: topic, partition }] = own as [Watched, ...Watched[]]
    const answer = await this.#cluster.ask({ to: 'leader', topic, partition }, connection => awaitMore(this.#cluster.kafka, connection, own), { lane, patienceMs: 0 })
    let areAllThere = true
    for (const { topicId: name, partitions } of answer.responses) {
      for (const { partitionIndex, errorCode, lastStableOffset, highWatermark } of partitions) {
        areAllThere &&= errorCode === 0
        if (errorCode === 0) this.#reached(name, partitionIndex, Number(lastStableOffset), Number(highWatermark))
        else this.#lost(name, partitionIndex)
      }
    }
    return areAllThere
  }

  #reached(kafkaTopic: string, partition: number, stable: number, end: number): void {
    this.#moved(kafkaTopic, partition, stable)
    this.#hanging?.note(kafkaTopic, partition, stable, end)
  }

  /** Another leads it, or what was known of it is removed by now, and where it ends has to be found anew. */
  #lost(kafkaTopic: string, partition: number): void {
    delete this.#watched.get(`${partition}:${kafkaTopic}`)?.end
    this.#cluster.forgetLeader(kafkaTopic, partition)
  }

  #moved(kafkaTopic: string, partition: number, end: number): void {
    const watched = this.#watched.get(`${partition}:${kafkaTopic}`)
    if (!watched || end < 0 || (watched.end !== undefined && end <= watched.end)) return
    watched.end = end
    for (const listener of this.#listeners) listener({ topic: watched.topic, partition })
  }
}

function listEnds(kafka: Kafka, connection: Connection, own: readonly Watched[]) {
  return kafka.listOffsetsV7.api.async(connection, -1, readCommitted, byTopic(own, ({ partition }) => ({ partitionIndex: partition, currentLeaderEpoch: -1, timestamp: latest }))
    .map(([name, partitions]) => ({ name, partitions })))
}

/** One byte is asked for: the broker sends a record of one partition at most, and the ends of all. */
function awaitMore(kafka: Kafka, connection: Connection, own: readonly Watched[]) {
  const topics = byTopic(own, ({ partition, end }) => ({ partition, currentLeaderEpoch: -1, fetchOffset: BigInt(end ?? 0), lastFetchedEpoch: -1, partitionMaxBytes: 1 }))
  return answerOf(kafka.fetchV12.api.async(connection, waitMs, 1, 1, readCommitted, 0, noSession, topics.map(([topicId, partitions]) => ({ topicId, partitions })), [], ''))
}

/** The client throws an answer away in which one partition has an error. */
async function answerOf<Answer extends { readonly responses: readonly unknown[] }>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked
  } catch (error) {
    const { response } = error as { readonly response?: Answer }
    if (!response || response.responses.length === 0) throw error
    return response
  }
}

function byTopic<Part>(own: readonly Watched[], partOf: (watched: Watched) => Part): readonly (readonly [topic: string, parts: Part[]])[] {
  return Array.from(Map.groupBy(own, ({ kafkaTopic }) => kafkaTopic), ([topic, watched]) => [topic, watched.map(partOf)] as const)
}

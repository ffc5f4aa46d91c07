// Reading a partition: what is committed, in order. The broker sends the records of aborted transactions too, and says whose they are.
import type { Cluster } from './cluster.ts'
import type { Connection, Kafka } from './client.ts'
import { codesOf } from './failures.ts'
import type { KafkaRecord } from './records.ts'

export interface Fetching {
  readonly topic: string
  readonly partition: number
  /** Of the first record wanted. */
  readonly offset: number
  readonly bytesMax: number
  /** How long the broker waits for something to come. Default 0. */
  readonly waitMs?: number | undefined
  readonly lane: string
}

export interface Fetched {
  readonly records: readonly KafkaRecord[]
  /** Where the next fetch starts: after what was sent, records or not. */
  readonly next: number
  /** The high watermark: what lies before it is stored, if not committed yet. */
  readonly end: number
  /** Of the leader that said so. */
  readonly leaderEpoch: number
}

const readCommitted = 1
const noSession = -1
const [isTransactional, isControl] = [1 << 4, 1 << 5]

/** Undefined where the offset lies outside of the partition. */
export async function fetchFrom(cluster: Cluster, fetching: Fetching): Promise<Fetched | undefined> {
  const { topic, partition, offset, lane } = fetching
  let leaderEpoch = -1
  try {
    const answer = await cluster.ask({ to: 'leader', topic, partition }, connection => {
      leaderEpoch = cluster.leaderEpochOf(topic, partition)
      return request(cluster.kafka, connection, fetching, leaderEpoch)
    }, { lane })
    const found = answer.responses[0]?.partitions[0]
    return { ...found ? committed(found, offset) : { records: [], next: offset, end: offset }, leaderEpoch }
  } catch (error) {
    if (codesOf(error).includes('OFFSET_OUT_OF_RANGE')) return undefined
    throw error
  }
}

function request(kafka: Kafka, connection: Connection, { topic, partition, offset, bytesMax, waitMs = 0 }: Fetching, leaderEpoch: number) {
  const wanted = { partition, currentLeaderEpoch: leaderEpoch, fetchOffset: BigInt(offset), lastFetchedEpoch: -1, partitionMaxBytes: bytesMax }
  return kafka.fetchV12.api.async(connection, waitMs, 1, bytesMax, readCommitted, 0, noSession, [{ topicId: topic, partitions: [wanted] }], [], '')
}

type Answer = Awaited<ReturnType<typeof request>>
type Found = Answer['responses'][number]['partitions'][number]

function committed({ records: batches, abortedTransactions, highWatermark }: Found, offset: number): Omit<Fetched, 'leaderEpoch'> {
  const records: KafkaRecord[] = []
  const aborted = [...(abortedTransactions ?? [])].toSorted((a, b) => Number(a.firstOffset - b.firstOffset))
  const abortedNow = new Set<bigint>()
  let next = offset
  for (const { firstOffset, lastOffsetDelta, attributes, producerId, producerEpoch, firstTimestamp, records: inBatch } of batches ?? []) {
    const producer = { id: producerId, epoch: producerEpoch }
    const first = Number(firstOffset)
    const last = first + lastOffsetDelta
    while (aborted.length > 0 && Number(aborted[0]!.firstOffset) <= last) abortedNow.add(aborted.shift()!.producerId)
    if (last >= offset) next = last + 1
    // The mark that ends a transaction. After that of an aborted one, what its producer writes counts again.
    if ((attributes & isControl) !== 0) abortedNow.delete(producerId)
    else if ((attributes & isTransactional) === 0 || !abortedNow.has(producerId)) {
      for (const { offsetDelta, timestampDelta, key, value, headers } of inBatch) {
        if (first + offsetDelta >= offset) records.push({ offset: first + offsetDelta, key, value, headers, at: Number(firstTimestamp + timestampDelta), producer })
      }
    }
  }
  return { records, next, end: Number(highWatermark) }
}

// Sending records to the leaders of their partitions, under a producer's number and sequence: a record that is sent again because the answer was lost is
// stored once. One call at a time for each producer.
import { setTimeout as pause } from 'node:timers/promises'
import { LogError } from '../../model/errors.ts'
import type { Cluster } from './cluster.ts'
import type { Connection, Kafka } from './client.ts'
import { codesOf, isPassing, type FailureCode } from './failures.ts'
import { bytesOf, type NewRecord, type Producer } from './records.ts'
import type { TransactionProtocol } from './transaction-protocol.ts'

export interface ProducerIdentity extends Producer {
  /** By 'topic:partition': the number the next record gets. */
  readonly sequences: Map<string, number>
  readonly transaction?: { readonly id: string, readonly protocol: TransactionProtocol } | undefined
}

interface Batch {
  readonly topic: string
  readonly partition: number
  readonly records: NewRecord[]
  /** Where each record stands in the list that was given. */
  readonly places: number[]
  bytes: number
}

/** Of one partition in one request; a single record may be larger. Topics of our own take more (topic-admin.ts). */
const batchBytesMaxDefault = 4_000_000
const requestTimeoutMs = 30_000
const patienceMs = 60_000
const retryPauseMs = 20
const allReplicas = -1

/** The offset of each record, put into `offsets` as it is stored. Throws what the client threw. */
export async function produce(cluster: Cluster, producer: ProducerIdentity, records: readonly NewRecord[], offsets: number[] = [], batchBytesMax = batchBytesMaxDefault): Promise<readonly number[]> {
  for (const round of roundsOf(records, batchBytesMax)) await sendRound(cluster, producer, round, offsets)
  return offsets
}

/** Each round has at most one batch of each partition; their order is the records'. */
function roundsOf(records: readonly NewRecord[], batchBytesMax: number): readonly (readonly Batch[])[] {
  const byPartition = new Map<string, Batch[]>()
  records.forEach((record, place) => {
    const key = `${record.topic}:${record.partition}`
    const batches = byPartition.get(key) ?? []
    byPartition.set(key, batches)
    const bytes = bytesOf(record)
    let batch = batches.at(-1)
    if (!batch || batch.bytes + bytes > batchBytesMax) batches.push((batch = { topic: record.topic, partition: record.partition, records: [], places: [], bytes: 0 }))
    batch.records.push(record)
    batch.places.push(place)
    batch.bytes += bytes
  })
  const all = [...byPartition.values()]
  return Array.from({ length: Math.max(0, ...all.map(batches => batches.length)) }, (_, round) => all.flatMap(batches => batches[round] ?? []))
}

async function sendRound(cluster: Cluster, producer: ProducerIdentity, batches: readonly Batch[], offsets: number[]): Promise<void> {
  const deadline = performance.now() + patienceMs
  for (let waiting = batches; waiting.length > 0;) {
    if (cluster.end) throw cluster.end
    const failures = (await Promise.all((await byLeader(cluster, waiting)).map(group => sendGroup(cluster, producer, group, offsets)))).flat()
    const final = failures.find(({ codes }) => !isPassing(codes))
    if (final) throw final.error
    if (failures.length > 0 && performance.now() > deadline) throw failures[0]!.error
    for (const { batch } of failures) cluster.forgetLeader(batch.topic, batch.partition)
    waiting = failures.map(({ batch }) => batch)
    if (waiting.length > 0) await pause(retryPauseMs)
  }
  for (const { topic, partition, records } of batches) {
    const key = `${topic}:${partition}`
    producer.sequences.set(key, ((producer.sequences.get(key) ?? 0) + records.length) % 2 ** 31)
  }
}

async function byLeader(cluster: Cluster, batches: readonly Batch[]): Promise<readonly (readonly Batch[])[]> {
  const groups = new Map<number, Batch[]>()
  for (const batch of batches) {
    const leader = await cluster.ask({ to: 'anyone' }, () => cluster.leaderOf(batch.topic, batch.partition))
    groups.set(leader, [...(groups.get(leader) ?? []), batch])
  }
  return [...groups.values()]
}

interface Failure {
  readonly batch: Batch
  readonly codes: readonly FailureCode[]
  readonly error: unknown
}

async function sendGroup(cluster: Cluster, producer: ProducerIdentity, batches: readonly Batch[], offsets: number[]): Promise<readonly Failure[]> {
  const [{ topic, partition }] = batches as [Batch, ...Batch[]]
  let answer: Answer
  try {
    // Asked once: after a failure, leaders are found anew for each batch.
    answer = await cluster.ask({ to: 'leader', topic, partition }, connection => request(cluster.kafka, connection, producer, batches), { patienceMs: 0 }) as Answer
  } catch (thrown) {
    const error = thrown instanceof LogError && thrown.cause !== undefined ? thrown.cause : thrown
    const { response } = error as { readonly response?: Answer }
    if (!response) return batches.map(batch => ({ batch, codes: codesOf(error), error }))
    answer = response
  }
  return batches.flatMap(batch => {
    const found = answer.responses.find(({ name }) => name === batch.topic)?.partitionResponses.find(({ index }) => index === batch.partition)
    if (found?.errorCode === 0) {
      batch.places.forEach((place, index) => { offsets[place] = Number(found.baseOffset) + index })
      return []
    }
    const error = new cluster.kafka.ProtocolError(found?.errorCode ?? 'NETWORK_EXCEPTION', found?.errorMessage ?? null)
    return [{ batch, codes: codesOf(error), error }]
  })
}

/** The client also knows an answer of none, where none is asked for. */
type Answer = Exclude<Awaited<ReturnType<Kafka['produceV9']['api']['async']>>, boolean>

function request(kafka: Kafka, connection: Connection, { id, epoch, sequences, transaction }: ProducerIdentity, batches: readonly Batch[]) {
  const messages = batches.flatMap(({ records }) => records.map(record => ({
    topic: record.topic, partition: record.partition, timestamp: BigInt(record.at),
    // Both may be null on the wire; the client's types know only what it makes itself.
    key: (record.key === undefined ? null : Buffer.from(record.key)) as Buffer,
    value: (record.value === null ? null : Buffer.from(record.value)) as Buffer,
    headers: new Map(Object.entries(record.headers ?? {}).map(([name, value]) => [Buffer.from(name), Buffer.from(value)])),
  })))
  const numbered = new kafka.NumericMap(sequences)
  const api = transaction?.protocol.produce ?? kafka.produceV9.api
  return api.async(connection, allReplicas, requestTimeoutMs, messages, { producerId: id, producerEpoch: epoch, sequences: numbered, transactionalId: transaction?.id ?? null })
}

// Making and removing topics on the brokers. What is made can be used when the call is over: brokers learn of a topic some time after it exists.
import { LogError } from '../../model/errors.ts'
import { askLeaders } from './by-leader.ts'
import type { Kafka } from './client.ts'
import type { Cluster } from './cluster.ts'
import { codesOf, logError } from './failures.ts'

export interface NewTopic {
  readonly topic: string
  readonly partitions: number
  readonly settings: Readonly<Record<string, string>>
}

const requestTimeoutMs = 20_000
/** Chunks are larger than what brokers take by default (about 1 MB). */
const messageBytesMax = String(64 * 1024 * 1024)

/** Kept until all subscriptions have done with it: Batchwork removes from the front. */
export const chunkTopic = { 'retention.ms': '-1', 'retention.bytes': '-1', 'max.message.bytes': messageBytesMax, 'cleanup.policy': 'delete' } as const
/** The newest record of each key is kept. */
export const ledgerTopic = { 'max.message.bytes': messageBytesMax, 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.2', 'segment.ms': '3600000' } as const

/** Those that exist stay as they are; another number of partitions is refused with LogError PARTITIONS. */
export async function makeTopics(cluster: Cluster, topics: readonly NewTopic[], replicationFactor: number): Promise<void> {
  if (topics.length === 0) return
  const wanted = topics.map(({ topic, partitions, settings }) => ({
    name: topic, numPartitions: partitions, replicationFactor, assignments: [], configs: Object.entries(settings).map(([name, value]) => ({ name, value })),
  }))
  try {
    await cluster.ask({ to: 'controller' }, connection => cluster.kafka.createTopicsV7.api.async(connection, wanted, requestTimeoutMs, false))
  } catch (error) {
    await refuseUnlessThere(cluster, topics, error)
  }
  await cluster.ask({ to: 'anyone' }, async () => {
    await cluster.refresh(topics.map(({ topic }) => topic))
    for (const { topic, partitions } of topics) for (let partition = 0; partition < partitions; partition++) await cluster.leaderOf(topic, partition)
  })
}

async function refuseUnlessThere(cluster: Cluster, topics: readonly NewTopic[], error: unknown): Promise<void> {
  const codes = codesOf(error)
  if (codes.length === 0 || codes.some(code => code !== 'TOPIC_ALREADY_EXISTS')) throw logError(`Kafka topics could not be made: ${topics.map(({ topic }) => topic).join(', ')}`, error)
  for (const { topic, partitions } of topics) {
    const found = await cluster.partitionsOf(topic)
    if (found !== undefined && found !== partitions) throw new LogError('PARTITIONS', `Kafka topic '${topic}' has ${found} partitions and cannot get ${partitions}; use another name, or delete the topic first`)
  }
}

export async function removeTopics(cluster: Cluster, topics: readonly string[]): Promise<void> {
  if (topics.length === 0) return
  try {
    await cluster.ask({ to: 'controller' }, connection => cluster.kafka.deleteTopicsV6.api.async(connection, topics.map(name => ({ name, topicId: null })), requestTimeoutMs), { topicPatienceMs: 0 })
  } catch (error) {
    const codes = codesOf(error instanceof LogError ? error.cause : error)
    if (codes.length === 0 || codes.some(code => code !== 'UNKNOWN_TOPIC_OR_PARTITION')) throw logError(`Kafka topics could not be removed: ${topics.join(', ')}`, error)
  }
}

export interface Extent {
  readonly start: number
  readonly end: number
}

/** Brokers learn of a topic some time after it was made. */
const topicPatienceMs = 5_000

/** Of each partition, in records: where it begins, and the high watermark. By Kafka topic. */
export async function extentsOf(cluster: Cluster, topics: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, readonly Extent[]>> {
  const [starts, ends] = await Promise.all([offsetsAt(cluster, topics, -2n), offsetsAt(cluster, topics, -1n)])
  return new Map(Array.from(topics, ([topic, partitions]) => [topic, Array.from({ length: partitions }, (_, partition) => ({
    start: starts.get(`${partition}:${topic}`) ?? 0, end: ends.get(`${partition}:${topic}`) ?? 0,
  }))]))
}

async function offsetsAt(cluster: Cluster, topics: ReadonlyMap<string, number>, timestamp: bigint): Promise<ReadonlyMap<string, number>> {
  const places = Array.from(topics, ([topic, partitions]) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))).flat()
  const answers = await askLeaders(cluster, places, (connection, own) => listOffsets(cluster.kafka, connection, own, timestamp), { topicPatienceMs })
  return new Map(answers.flatMap(({ topics: found }) => found.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex, offset }) => [`${partitionIndex}:${name}`, Number(offset)] as const))))
}

function listOffsets(kafka: Kafka, connection: Parameters<Kafka['listOffsetsV7']['api']['async']>[0], own: readonly { readonly topic: string, readonly partition: number }[], timestamp: bigint) {
  const topics = Array.from(Map.groupBy(own, ({ topic }) => topic), ([name, parts]) => ({ name, partitions: parts.map(({ partition }) => ({ partitionIndex: partition, currentLeaderEpoch: -1, timestamp })) }))
  return kafka.listOffsetsV7.api.async(connection, -1, 0, topics)
}

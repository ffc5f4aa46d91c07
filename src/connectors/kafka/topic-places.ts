// What the brokers say of a topic: which it is, how many partitions it has, and where records lie in them.
import type { Cluster } from '../../logs/kafka/cluster.ts'
import { LogError } from '../../model/errors.ts'
import { nearestTo } from '../../pipeline/suggestion.ts'

export interface DescribedTopic {
  /** Another one, if the topic is deleted and made again. */
  readonly id: string
  readonly partitions: number
}

const readCommitted = 1
const [latest, earliest] = [-1n, -2n]
const unknownTopic = 3

/** Throws LogError NO_TOPIC where there is none, with the nearest name there is. */
export async function describeTopic(cluster: Cluster, name: string): Promise<DescribedTopic> {
  const [found] = await topicsOf(cluster, [name])
  if (found?.errorCode === 0) return { id: found.topicId, partitions: found.partitions.length }
  const names = (await topicsOf(cluster, null)).filter(topic => !topic.isInternal && topic.errorCode === 0).map(topic => topic.name ?? '')
  const nearest = nearestTo(name, names)
  throw new LogError('NO_TOPIC', `these brokers have no topic of that name that this user may see${nearest === undefined ? '' : `; did you mean '${nearest}'?`}; check the name, make the topic, or grant the user Describe on it`)
}

/** null: all of them, without those that something is wrong with. */
function topicsOf(cluster: Cluster, names: readonly string[] | null) {
  return cluster.ask({ to: 'anyone' }, async connection => {
    const { topics } = await cluster.kafka.metadataV11.api.async(connection, names && [...names], false, false).catch((error: unknown) => {
      // The answer says of each topic what is wrong with it.
      const { response } = error as { readonly response?: Awaited<ReturnType<typeof cluster.kafka.metadataV11.api.async>> }
      if (!response) throw error
      return response
    })
    const wrong = names && topics.find(({ errorCode }) => errorCode !== 0 && errorCode !== unknownTopic)
    if (wrong) throw new cluster.kafka.ProtocolError(wrong.errorCode)
    return topics
  })
}

/** The first record that is kept. */
export function startOf(cluster: Cluster, topic: string, partition: number): Promise<number> {
  return offsetAt(cluster, topic, partition, earliest)
}

/** After the last record that is committed, with all before it. */
export function endOf(cluster: Cluster, topic: string, partition: number): Promise<number> {
  return offsetAt(cluster, topic, partition, latest)
}

/** The first record of this time or later; the end where there is none. */
export async function offsetOfTime(cluster: Cluster, topic: string, partition: number, time: Date): Promise<number> {
  const found = await offsetAt(cluster, topic, partition, BigInt(time.getTime()))
  return found < 0 ? endOf(cluster, topic, partition) : found
}

async function offsetAt(cluster: Cluster, topic: string, partition: number, timestamp: bigint): Promise<number> {
  const { topics } = await cluster.ask({ to: 'leader', topic, partition }, connection => (
    cluster.kafka.listOffsetsV7.api.async(connection, -1, readCommitted, [{ name: topic, partitions: [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp }] }])
  ))
  return Number(topics[0]!.partitions[0]!.offset)
}

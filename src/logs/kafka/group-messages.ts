// What members of a group tell each other through its coordinator, in Kafka's own consumer protocol, so that its tools show who has what. What is ours travels
// as user data.
import type { PartitionId } from '../../log.ts'
import type { Candidate, Share } from './assignment.ts'
import type { Kafka } from './client.ts'
import type { KafkaNames } from './names.ts'

export const protocolType = 'consumer'
export const protocolName = 'batchwork'

export interface Given extends Share {
  readonly epoch: number
}

export function encodeCandidate(kafka: Kafka, names: KafkaNames, candidate: Omit<Candidate, 'id'>): Buffer {
  return kafka.encodeConsumerProtocolSubscription({
    version: 1, topics: candidate.topics.map(topic => names.topic(topic)), ownedPartitions: byTopic(names, candidate.owned), userData: JSON.stringify(candidate),
  })
}

export function decodeCandidate(kafka: Kafka, id: string, metadata: Buffer): Candidate {
  return { ...JSON.parse(kafka.decodeConsumerProtocolSubscription(metadata).userData.toString()) as Omit<Candidate, 'id'>, id }
}

export function encodeGiven(kafka: Kafka, names: KafkaNames, given: Given): Buffer {
  return kafka.encodeConsumerProtocolAssignment({ version: 1, assignedPartitions: byTopic(names, given.partitions), userData: JSON.stringify(given) })
}

export function decodeGiven(kafka: Kafka, assignment: Buffer): Given {
  return JSON.parse(kafka.decodeConsumerProtocolAssignment(assignment).userData.toString()) as Given
}

function byTopic(names: KafkaNames, ids: readonly PartitionId[]): { topic: string, partitions: number[] }[] {
  return Array.from(Map.groupBy(ids, ({ topic }) => topic), ([topic, own]) => ({ topic: names.topic(topic), partitions: own.map(({ partition }) => partition) }))
}

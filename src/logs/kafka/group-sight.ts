// Who is in a group and has what, as its coordinator knows it: for those who are no members.
import type { PartitionId } from '../../log.ts'
import type { Cluster } from './cluster.ts'
import { decodeGiven } from './group-messages.ts'

export async function membersOf(cluster: Cluster, group: string): Promise<number> {
  return (await described(cluster, group)).length
}

/** While members join, the coordinator does not say what they have. */
export async function ownedIn(cluster: Cluster, group: string): Promise<readonly PartitionId[]> {
  const members = await described(cluster, group)
  return members.flatMap(({ memberAssignment }) => (memberAssignment.length > 0 ? decodeGiven(cluster.kafka, memberAssignment).partitions : []))
}

async function described(cluster: Cluster, group: string) {
  const { groups } = await cluster.ask({ to: 'group', id: group }, connection => cluster.kafka.describeGroupsV5.api.async(connection, [group], false))
  return groups[0]?.members ?? []
}

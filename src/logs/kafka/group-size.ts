// How many members a group has, as its coordinator knows them.
import type { Cluster } from './cluster.ts'

export async function membersOf(cluster: Cluster, group: string): Promise<number> {
  const { groups } = await cluster.ask({ to: 'group', id: group }, connection => cluster.kafka.describeGroupsV5.api.async(connection, [group], false))
  return groups[0]?.members.length ?? 0
}

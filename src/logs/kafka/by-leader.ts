// Asking about many partitions at once: each leader for its own. After an election those that one broker led may have different leaders, so each try shares them out anew.
import { LogError } from '../../model/errors.ts'
import type { Connection } from './client.ts'
import type { Asking, Cluster } from './cluster.ts'

interface Place {
  /** Of Kafka. */
  readonly topic: string
  readonly partition: number
}

/** An answer for each leader, in any order. Throws as `Cluster.ask`. */
export function askLeaders<Answer>(cluster: Cluster, places: readonly Place[], call: (connection: Connection, own: readonly Place[]) => Promise<Answer>, asking?: Asking): Promise<readonly Answer[]> {
  return cluster.ask({ to: 'anyone' }, async () => {
    const leaders = await Promise.all(places.map(({ topic, partition }) => cluster.leaderOf(topic, partition)))
    return Promise.all(Array.from(Map.groupBy(places, (_, index) => leaders[index]!).values(), own => askOne(cluster, own, call)))
  }, asking)
}

async function askOne<Answer>(cluster: Cluster, own: readonly Place[], call: (connection: Connection, own: readonly Place[]) => Promise<Answer>): Promise<Answer> {
  try {
    return await cluster.ask({ to: 'leader', ...own[0]! }, connection => call(connection, own), { patienceMs: 0 })
  } catch (error) {
    for (const { topic, partition } of own) cluster.forgetLeader(topic, partition)
    // What was not waited out here is, where all are asked.
    throw error instanceof LogError && error.cause ? error.cause : error
  }
}

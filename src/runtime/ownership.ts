// Becoming the owner of a group's partitions: done when the engine has said so, with the epoch that every commit must carry.
import type { Log, Membership } from '../log.ts'

/** Where an owner commits. */
export interface Place {
  readonly log: Log
  readonly epoch: number
}

export async function ownerOf(log: Log, group: string, topics: readonly string[], revoked: () => void = () => {}): Promise<{ readonly membership: Membership; readonly epoch: number }> {
  const { promise: assigned, resolve } = Promise.withResolvers<number>()
  const membership = await log.join(group, topics, { assigned: (_, epoch) => resolve(epoch), revoked })
  return { membership, epoch: await assigned }
}

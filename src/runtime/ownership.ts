// Becoming the owner of a group's partitions: done when the engine has said so, with the epoch that every commit must carry.
import type { Appended, Commit, Log, Membership, PartitionId } from '../log.ts'
import { FencedError } from '../model/errors.ts'

/** What an owner was given, and the epoch it commits with. */
export interface Owned {
  readonly membership: Membership
  readonly epoch: number
  readonly partitions: readonly PartitionId[]
}

/** Where an owner commits. */
export interface Place {
  readonly log: Log
  readonly epoch: number
}

export async function ownerOf(log: Log, group: string, topics: readonly string[], revoked: () => void = () => {}): Promise<Owned> {
  const { promise: assigned, resolve } = Promise.withResolvers<Omit<Owned, 'membership'>>()
  const membership = await log.join(group, topics, { assigned: (partitions, epoch) => resolve({ partitions, epoch }), revoked })
  return { membership, ...(await assigned) }
}

/** Commits what an owner has to say. Where others came or went meanwhile, it is said with the epoch that holds since; `epoch` stays as it is for who owns it no more. */
export async function commitAsOwner(log: Log, epoch: () => number, commit: Omit<Commit, 'epoch'>): Promise<readonly Appended[]> {
  for (;;) {
    const sentWith = epoch()
    try {
      return await log.commit({ epoch: sentWith, ...commit })
    } catch (error) {
      if (!(error instanceof FencedError && epoch() > sentWith)) throw error
    }
  }
}

// Becoming the owner of a group's partitions: done when the engine has said so, with the epoch that every commit must carry.
import type { Appended, Commit, Log, Membership } from '../log.ts'
import { FencedError } from '../model/errors.ts'

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

// Who may commit. Epochs come from one counter of the store, so an epoch also says whose it is.
import type { Commit, Owner, PartitionId } from '../../log.ts'

/** One call of join. `process` is the handle that made it. */
export interface Member {
  readonly process: object
  readonly group: string
  readonly topics: readonly string[]
  readonly owner: Owner
  /** Tells the owner something, if its process still lives. Calls `told` in any case, when the owner is done with it or has had time enough. */
  readonly tell: (news: (owner: Owner) => void | Promise<void>, told: () => void) => void
}

export interface Ownership {
  /** Throws LogError 'LOCKED' where only one process may own. */
  join(member: Member): void
  /** The member left, or its process is gone. */
  end(member: Member): void
  /** Throws FencedError unless this process may make this commit now. */
  check(process: object, commit: Commit): void
  /** Calls back when the process has heard of every epoch it was given: at once where it has. */
  whenTold(process: object, then: () => void): void
  membersOf(group: string): number
  ownedIn(group: string): readonly PartitionId[]
  /** Moves partitions between members, where members share them. */
  rebalance(group: string): void
}

export type PartitionsOf = (topics: readonly string[]) => readonly PartitionId[]

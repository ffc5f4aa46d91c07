// One process owns the whole store for as long as it lives, as in the embedded engine. Its epoch rises when the owner changes.
import type { Commit, PartitionId } from '../../log.ts'
import { FencedError, LogError } from '../../model/errors.ts'
import type { Member, Ownership, PartitionsOf } from './ownership.ts'

export class StoreOwnership implements Ownership {
  readonly #partitionsOf: PartitionsOf
  readonly #members = new Set<Member>()
  #epoch = 0

  constructor(partitionsOf: PartitionsOf) {
    this.#partitionsOf = partitionsOf
  }

  join(member: Member): void {
    const [owner] = this.#members
    if (owner && owner.process !== member.process) {
      throw new LogError('LOCKED', `the store is in use by another process (group '${owner.group}'); wait for it to end, or stop it`)
    }
    if (!owner) this.#epoch++
    this.#members.add(member)
    const epoch = this.#epoch
    member.tell(owner => owner.assigned(this.#partitionsOf(member.topics), epoch), () => {})
  }

  end(member: Member): void {
    this.#members.delete(member)
  }

  check(process: object, { epoch }: Commit): void {
    const [owner] = this.#members
    if (epoch !== this.#epoch || owner?.process !== process) throw new FencedError(epoch, this.#epoch)
  }

  /** Nobody's epoch rises while it lives. */
  whenTold(_process: object, then: () => void): void {
    then()
  }

  membersOf(group: string): number {
    return [...this.#members].filter(member => member.group === group).length
  }

  /** Members take all or nothing. */
  ownedIn(group: string): readonly PartitionId[] {
    return this.#partitionsOf([...this.#members].filter(member => member.group === group).flatMap(({ topics }) => topics))
  }

  rebalance(): void {
    // One process has all.
  }
}

// The members of a group share its partitions, as in Kafka. A rebalance first tells the living what they lose, then raises the group's
// epoch, then tells everyone the epoch and what they gained. Who lost nothing may commit with the epochs it was given before.
import type { Commit, PartitionId } from '../../log.ts'
import { FencedError, LogError } from '../../model/errors.ts'
import type { Member, Ownership, PartitionsOf } from './ownership.ts'

interface Group {
  epoch: number
  /** With the epochs each may commit with: those since it last lost a partition. */
  readonly members: Map<Member, Set<number>>
  /** By partition key. Who has it, or is about to lose it. */
  readonly owners: Map<string, { readonly id: PartitionId; readonly member: Member }>
  isRebalancing: boolean
  isStale: boolean
}

export class GroupOwnership implements Ownership {
  readonly #partitionsOf: PartitionsOf
  readonly #random: () => number
  readonly #groups = new Map<string, Group>()
  readonly #groupByEpoch = new Map<number, Group>()
  /** Processes to which an epoch is on its way, with what waits for them to hear of it. */
  readonly #untold = new Map<object, { epochs: number; readonly waiting: (() => void)[] }>()
  #epoch = 0

  constructor(partitionsOf: PartitionsOf, random: () => number) {
    this.#partitionsOf = partitionsOf
    this.#random = random
  }

  join(member: Member): void {
    const group = this.#groups.get(member.group) ?? { epoch: 0, members: new Map(), owners: new Map(), isRebalancing: false, isStale: false }
    this.#groups.set(member.group, group)
    group.members.set(member, new Set())
    this.#rebalance(group, 0)
  }

  end(member: Member): void {
    const group = this.#groups.get(member.group)
    if (!group?.members.delete(member)) return
    for (const [key, { member: owner }] of group.owners) if (owner === member) group.owners.delete(key)
    this.#rebalance(group, 0)
  }

  check(process: object, { epoch, progress }: Commit): void {
    const group = this.#groupByEpoch.get(epoch)
    const holds = group && [...group.members].some(([member, epochs]) => member.process === process && epochs.has(epoch))
    if (!holds) throw new FencedError(epoch, group?.epoch ?? this.#epoch)
    for (const { topic, partition } of progress) {
      const owner = group.owners.get(keyOf({ topic, partition }))?.member
      if (owner && owner.process !== process) {
        throw new LogError('NOT_OWNER', `a commit has progress in partition ${partition} of topic '${topic}', which another member owns; commit only for assigned partitions`)
      }
    }
  }

  whenTold(process: object, then: () => void): void {
    const untold = this.#untold.get(process)
    if (untold) untold.waiting.push(then)
    else then()
  }

  membersOf(group: string): number {
    return this.#groups.get(group)?.members.size ?? 0
  }

  ownedIn(group: string): readonly PartitionId[] {
    return Array.from(this.#groups.get(group)?.owners.values() ?? [], ({ id }) => id)
  }

  rebalance(name: string): void {
    const group = this.#groups.get(name)
    if (group) this.#rebalance(group, Math.max(1, Math.floor(this.#random() * 3)))
  }

  /** `moves`: how many partitions change hands beyond what balance asks for. */
  #rebalance(group: Group, moves: number): void {
    if (group.isRebalancing) {
      group.isStale = true
      return
    }
    group.isRebalancing = true
    const target = this.#target(group, moves)
    const lost = [...group.owners.values()].filter(({ id, member }) => target.get(keyOf(id))?.member !== member)
    const losers = Map.groupBy(lost, ({ member }) => member)
    let waiting = losers.size
    if (waiting === 0) this.#assign(group, target)
    for (const [member, entries] of losers) {
      const told = () => { if (--waiting === 0) this.#assign(group, target) }
      member.tell(owner => owner.revoked(entries.map(({ id }) => id)), told)
    }
  }

  #assign(group: Group, target: Group['owners']): void {
    group.epoch = ++this.#epoch
    this.#groupByEpoch.set(group.epoch, group)
    const gained = new Map([...group.members.keys()].map(member => [member, [] as PartitionId[]]))
    for (const [key, { member }] of group.owners) if (target.get(key)?.member !== member) group.members.get(member)?.clear()
    for (const epochs of group.members.values()) epochs.add(group.epoch)
    for (const [key, { id, member }] of target) if (group.owners.get(key)?.member !== member) gained.get(member)?.push(id)
    group.owners.clear()
    for (const [key, entry] of target) if (group.members.has(entry.member)) group.owners.set(key, entry)
    group.isRebalancing = false
    const { epoch } = group
    for (const [member, ids] of gained) member.tell(owner => owner.assigned(ids, epoch), this.#telling(member.process))
    if (!group.isStale) return
    group.isStale = false
    this.#rebalance(group, 0)
  }

  #telling(process: object): () => void {
    const untold = this.#untold.get(process) ?? { epochs: 0, waiting: [] }
    this.#untold.set(process, untold)
    untold.epochs++
    return () => {
      if (--untold.epochs > 0) return
      this.#untold.delete(process)
      for (const then of untold.waiting) then()
    }
  }

  /** Everyone keeps what it has as far as balance allows. */
  #target(group: Group, moves: number): Group['owners'] {
    const target: Group['owners'] = new Map()
    const load = new Map([...group.members.keys()].map(member => [member, 0]))
    const all = this.#partitionsOf([...new Set([...group.members.keys()].flatMap(({ topics }) => topics))])
    const takers = (id: PartitionId) => [...group.members.keys()].filter(({ topics, owner }) => topics.includes(id.topic) && (owner.takesOnly?.get(id.topic)?.includes(id.partition) ?? true))
    const shaken = new Set(Array.from({ length: moves }, () => Math.floor(this.#random() * all.length)))
    const give = (id: PartitionId, member: Member) => {
      target.set(keyOf(id), { id, member })
      load.set(member, load.get(member)! + 1)
    }
    // First those that few take: the others are shared out evenly then.
    const inOrder = all.toSorted((a, b) => takers(a).length - takers(b).length)
    const free = inOrder.filter((id, index) => {
      const kept = group.owners.get(keyOf(id))?.member
      const isFull = kept && load.get(kept)! >= Math.ceil(all.length / takers(id).length)
      if (!kept || isFull || shaken.has(index)) return true
      give(id, kept)
      return false
    })
    for (const id of free) {
      const able = takers(id)
      if (able.length > 0) give(id, this.#leastLoaded(able, load, group.owners.get(keyOf(id))?.member))
    }
    return target
  }

  #leastLoaded(members: readonly Member[], load: ReadonlyMap<Member, number>, former: Member | undefined): Member {
    const others = members.length > 1 ? members.filter(member => member !== former) : members
    return others.reduce((best, member) => (load.get(member)! < load.get(best)! ? member : best))
  }
}

function keyOf({ topic, partition }: PartitionId): string {
  return `${partition}:${topic}`
}

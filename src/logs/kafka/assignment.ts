// Who gets which partitions: everyone keeps what it has as far as balance allows, and what is to move is first let go by its owner (cooperative). Where members
// want to be alone, one has all and the others are told so.
import type { PartitionId } from '../../log.ts'

export interface Candidate {
  readonly id: string
  readonly topics: readonly string[]
  readonly owned: readonly PartitionId[]
  /** Takes all or nothing. */
  readonly isAlone: boolean
  /** The epoch it was given last. Undefined: it was given none yet. */
  readonly epoch?: number | undefined
}

export interface Share {
  readonly partitions: readonly PartitionId[]
  /** Another member has all. */
  readonly isLocked: boolean
}

export function assign(members: readonly Candidate[], partitionsOf: (topic: string) => number): ReadonlyMap<string, Share> {
  const topics = [...new Set(members.flatMap(member => member.topics))].toSorted()
  const all = topics.flatMap(topic => Array.from({ length: partitionsOf(topic) }, (_, partition) => ({ topic, partition })))
  return members.some(({ isAlone }) => isAlone) ? toOne(members, all) : toAll(members, all)
}

function toOne(members: readonly Candidate[], all: readonly PartitionId[]): ReadonlyMap<string, Share> {
  const owner = members.reduce((best, member) => ((member.epoch ?? -1) > (best.epoch ?? -1) ? member : best))
  return new Map(members.map(member => {
    const isOwner = member === owner
    return [member.id, { partitions: isOwner ? all.filter(({ topic }) => member.topics.includes(topic)) : [], isLocked: !isOwner }]
  }))
}

function toAll(members: readonly Candidate[], all: readonly PartitionId[]): ReadonlyMap<string, Share> {
  const owners = new Map(members.flatMap(member => member.owned.map(id => [keyOf(id), member] as const)))
  const given = new Map(members.map(member => [member, [] as PartitionId[]]))
  const takersOf = (id: PartitionId) => members.filter(({ topics }) => topics.includes(id.topic))
  const most = Math.ceil(all.length / members.length)
  const kept = new Set<string>()
  for (const id of all) {
    const owner = owners.get(keyOf(id))
    if (!owner || !owner.topics.includes(id.topic) || given.get(owner)!.length >= most) continue
    given.get(owner)!.push(id)
    kept.add(keyOf(id))
  }
  for (const id of all) {
    if (kept.has(keyOf(id))) continue
    const takers = takersOf(id)
    if (takers.length === 0) continue
    const least = takers.reduce((best, member) => (given.get(member)!.length < given.get(best)!.length ? member : best))
    given.get(least)!.push(id)
  }
  // Its owner lets go of it in this round, and it is given in the next.
  const isFree = (id: PartitionId, member: Candidate) => (owners.get(keyOf(id)) ?? member) === member
  return new Map(Array.from(given, ([member, ids]) => [member.id, { partitions: ids.filter(id => isFree(id, member)), isLocked: false }]))
}

export function keyOf({ topic, partition }: PartitionId): string {
  return `${partition}:${topic}`
}

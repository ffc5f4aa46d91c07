// Who gets which partitions: everyone keeps what it has as far as balance allows, and what is to move is first let go by its owner (cooperative). Where members
// want to be alone, one has all and the others are told so; beside such as share they get nothing.
import type { PartitionId } from '../../log.ts'

export interface Candidate {
  readonly id: string
  readonly topics: readonly string[]
  /** Of these topics, the only partitions that it takes. */
  readonly only?: Readonly<Record<string, readonly number[]>> | undefined
  readonly owned: readonly PartitionId[]
  /** Keys of those that it owns and there is work in. Undefined: in all. */
  readonly busy?: readonly string[] | undefined
  /** Grows with each time it asks for more. */
  readonly asked?: number | undefined
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
  const all = topics.map(topic => Array.from({ length: partitionsOf(topic) }, (_, partition) => ({ topic, partition })))
  const sharing = members.filter(({ isAlone }) => !isAlone)
  if (sharing.length === 0) return toOne(members, all.flat())
  const shut = members.filter(({ isAlone }) => isAlone)
  return new Map([...toAll(sharing, all), ...shut.map(({ id }) => [id, { partitions: [], isLocked: true }] as const)])
}

function toOne(members: readonly Candidate[], all: readonly PartitionId[]): ReadonlyMap<string, Share> {
  const owner = members.reduce((best, member) => ((member.epoch ?? -1) > (best.epoch ?? -1) ? member : best))
  return new Map(members.map(member => {
    const isOwner = member === owner
    return [member.id, { partitions: isOwner ? all.filter(id => takes(member, id)) : [], isLocked: !isOwner }]
  }))
}

/** Each topic evenly, as each is work of its own, and of each what is busy; what does not divide goes to who has least. */
function toAll(members: readonly Candidate[], topics: readonly (readonly PartitionId[])[]): ReadonlyMap<string, Share> {
  const owners = new Map(members.flatMap(member => member.owned.map(id => [keyOf(id), member] as const)))
  const given = new Map(members.map(member => [member, [] as PartitionId[]]))
  const fair = Math.ceil(topics.reduce((sum, ids) => sum + ids.length, 0) / members.length)
  const isBusy = (id: PartitionId) => owners.get(keyOf(id))?.busy?.includes(keyOf(id)) ?? true
  for (const topic of topics.toSorted((a, b) => b.length - a.length)) {
    const shares = new Map<Candidate, number>()
    for (const { ids, takers } of byTakers(topic, members)) {
      const giving: Giving = { takers, owners, given, fair, shares }
      // First those with work in them: who has run dry gets some.
      divide(ids.filter(isBusy), giving)
      divide(ids.filter(id => !isBusy(id)), giving)
    }
  }
  // Its owner lets go of it in this round, and it is given in the next.
  const isFree = (id: PartitionId, member: Candidate) => (owners.get(keyOf(id)) ?? member) === member
  return new Map(Array.from(given, ([member, ids]) => [member.id, { partitions: ids.filter(id => isFree(id, member)), isLocked: false }]))
}

/** Partitions of a topic which the same members take are shared out together; first those that few take. */
function byTakers(ids: readonly PartitionId[], members: readonly Candidate[]): readonly { readonly ids: readonly PartitionId[]; readonly takers: readonly Candidate[] }[] {
  const takersOf = (id: PartitionId) => members.filter(member => takes(member, id))
  const groups = Map.groupBy(ids, id => takersOf(id).map(({ id: member }) => member).join(' '))
  return Array.from(groups.values(), group => ({ ids: group, takers: takersOf(group[0]!) })).toSorted((a, b) => a.takers.length - b.takers.length)
}

function takes({ topics, only }: Candidate, { topic, partition }: PartitionId): boolean {
  return topics.includes(topic) && (only?.[topic]?.includes(partition) ?? true)
}

interface Giving {
  readonly takers: readonly Candidate[]
  /** Partitions of the topic that each has been given. */
  readonly shares: Map<Candidate, number>
  readonly owners: ReadonlyMap<string, Candidate>
  readonly given: ReadonlyMap<Candidate, PartitionId[]>
  /** Nobody keeps more than this of all while others have less. */
  readonly fair: number
}

/** So that all that the takers have of the topic afterwards is even. */
function divide(ids: readonly PartitionId[], { takers, shares, owners, given, fair }: Giving): void {
  if (takers.length === 0) return
  const shareOf = (member: Candidate) => shares.get(member) ?? 0
  const all = ids.length + takers.reduce((sum, member) => sum + shareOf(member), 0)
  const least = Math.floor(all / takers.length)
  let above = all % takers.length - takers.filter(member => shareOf(member) > least).length
  const give = (id: PartitionId, member: Candidate) => {
    given.get(member)!.push(id)
    if (shareOf(member) >= least) above--
    shares.set(member, shareOf(member) + 1)
  }
  const mayHave = (member: Candidate) => shareOf(member) < least || (above > 0 && shareOf(member) === least)
  const free = ids.filter(id => {
    const owner = owners.get(keyOf(id))
    if (!owner || !takers.includes(owner) || !mayHave(owner) || (shareOf(owner) >= least && given.get(owner)!.length >= fair)) return true
    give(id, owner)
    return false
  })
  for (const id of free) give(id, takers.filter(mayHave).reduce((best, member) => (given.get(member)!.length < given.get(best)!.length ? member : best)))
}

export function keyOf({ topic, partition }: PartitionId): string {
  return `${partition}:${topic}`
}

// One membership in a group, by the classic protocol: joins, takes what it is given, heartbeats, and joins anew whenever the members change. Each change has an
// epoch. A member that lost nothing may go on committing with the epoch it has: what proves it to the broker is the generation, which is looked up at each commit.
import { setTimeout as pause } from 'node:timers/promises'
import type { Owner, PartitionId } from '../../log.ts'
import { FencedError, LogError } from '../../model/errors.ts'
import { assign, keyOf, type Candidate } from './assignment.ts'
import type { Connection } from './client.ts'
import type { Cluster } from './cluster.ts'
import { codesOf, isOvertaken, logError } from './failures.ts'
import { decodeCandidate, decodeGiven, encodeCandidate, encodeGiven, protocolName, protocolType, type Given } from './group-messages.ts'
import type { KafkaNames } from './names.ts'

export interface GroupMemberOptions {
  readonly group: string
  readonly topics: readonly string[]
  readonly owner: Owner
  readonly sessionTimeoutMs: number
  /** Of a topic's partitions as they are now, for who assigns. */
  readonly partitionCounts: () => Promise<ReadonlyMap<string, number>>
  /** Makes an epoch for a generation: higher than all before. */
  readonly newEpoch: (generation: number) => Promise<number>
}

/** What proves a commit to the group's coordinator. */
export interface Proof {
  readonly group: string
  readonly member: string
  readonly generation: number
}

const heartbeatsInSession = 20
const joinsMax = 100

export class GroupMember {
  readonly group: string
  readonly #cluster: Cluster
  readonly #names: KafkaNames
  readonly #options: GroupMemberOptions
  readonly #lane: string
  readonly #epochs = new Set<number>()
  #id = ''
  #generation = -1
  #epoch: number | undefined
  #owned: readonly PartitionId[] = []
  #asked = 0
  #isAsking = false
  #isOut = false
  #settled = Promise.withResolvers<void>()
  #nudge = Promise.withResolvers<void>()

  constructor(cluster: Cluster, names: KafkaNames, options: GroupMemberOptions) {
    this.#cluster = cluster
    this.#names = names
    this.#options = options
    this.group = names.group(options.group)
    this.#lane = `group ${options.group}`
  }

  /** Resolves when the first share is given. Throws LogError LOCKED when another has all. */
  async join(): Promise<void> {
    const isLocked = await this.#rejoin()
    if (isLocked) {
      await this.leave()
      throw new LogError('LOCKED', `'${this.#options.group}' is in use by another process; wait for it to end, or stop it`)
    }
    void this.#live()
  }

  gave(epoch: number): boolean {
    return this.#epochs.has(epoch)
  }

  get epoch(): number {
    return this.#epoch ?? -1
  }

  /**
   * Throws FencedError when the epoch does not hold any more. While members change it holds: nobody else is given what this member has before it has let go of that
   * and joined again, and the coordinator takes transactions of the generation that others have not left yet. To wait would be to stand still for as long as the
   * session of each member that dies.
   */
  prove(epoch: number): Proof {
    if (!this.#epochs.has(epoch)) throw new FencedError(epoch, this.epoch)
    return { group: this.group, member: this.#id, generation: this.#generation }
  }

  /** A commit with this generation was refused. Resolves when it is known what came after it. */
  async overtaken(generation: number): Promise<void> {
    if (this.#generation === generation && !this.#isOut) {
      this.#nudge.resolve()
      await pause(1)
    }
    await this.#settled.promise
  }

  async leave(): Promise<void> {
    if (this.#isOut) return
    const member = this.#id
    this.#end()
    if (member === '' || this.#cluster.end) return
    const [group, memberId] = [this.group, member]
    await this.#cluster.ask({ to: 'group', id: group }, connection => this.#cluster.kafka.leaveGroupV4.api.async(connection, group, [{ memberId }]), { patienceMs: 2_000 }).catch(() => {})
    this.#cluster.cut(this.#lane)
  }

  /** Joins anew, to be given of what others have: what it says of itself is another than before, or the coordinator would take it for a mere repetition. */
  balance(): void {
    this.#asked++
    this.#isAsking = true
    this.#nudge.resolve()
  }

  /** The process is gone: nothing is told to anyone. */
  vanish(): void {
    this.#end()
  }

  async #live(): Promise<void> {
    try {
      while (!this.#isOut) if (await this.#isDisturbed()) await this.#rejoin()
    } catch {
      this.#lose()
    }
  }

  /** Heartbeats until the members change. */
  async #isDisturbed(): Promise<boolean> {
    const [{ kafka }, { group }] = [this.#cluster, this]
    await Promise.race([pause(this.#options.sessionTimeoutMs / heartbeatsInSession, undefined, { ref: false }), this.#nudge.promise])
    this.#nudge = Promise.withResolvers()
    if (this.#isOut) return false
    if (this.#isAsking) {
      this.#isAsking = false
      return true
    }
    try {
      await this.#ask(connection => kafka.heartbeatV4.api.async(connection, group, this.#generation, this.#id, null))
      return false
    } catch (error) {
      if (!isOvertaken(codesOf(error)) || codesOf(error).includes('UNKNOWN_MEMBER_ID')) throw error
      return true
    }
  }

  /** Joins until nothing is left to be let go. Gives whether another has all. */
  async #rejoin(): Promise<boolean> {
    if (this.#generation >= 0) this.#settled = Promise.withResolvers()
    try {
      for (let joins = 0; joins < joinsMax && !this.#isOut; joins++) {
        const given = await this.#joinOnce()
        if (given?.isLocked) return true
        if (given && (await this.#take(given))) return false
      }
      throw new LogError('GROUP', `group '${this.group}' did not come to rest in ${joinsMax} rounds; look at its members with kafka-consumer-groups`)
    } finally {
      this.#settled.resolve()
    }
  }

  /** Undefined where others changed meanwhile. */
  async #joinOnce(): Promise<Given | undefined> {
    const [{ kafka }, { group }] = [this.#cluster, this]
    try {
      const { sessionTimeoutMs } = this.#options
      const metadata = encodeCandidate(kafka, this.#names, this.#candidate)
      const joined = await this.#ask(connection => kafka.joinGroupV7.api.async(connection, group, sessionTimeoutMs, sessionTimeoutMs, this.#id, null, protocolType, [{ name: protocolName, metadata }]))
      this.#id = joined.memberId
      this.#generation = joined.generationId
      const assignments = joined.leader === joined.memberId ? await this.#assign(joined.generationId, joined.members) : []
      const { assignment } = await this.#ask(connection => kafka.syncGroupV5.api.async(connection, group, joined.generationId, joined.memberId, null, protocolType, protocolName, assignments))
      return decodeGiven(kafka, assignment)
    } catch (error) {
      const codes = codesOf(error)
      if (codes.includes('MEMBER_ID_REQUIRED')) this.#id = (error as { readonly response: { readonly memberId: string } }).response.memberId
      else if (codes.includes('UNKNOWN_MEMBER_ID') && this.#epoch === undefined) this.#id = ''
      else if (!isOvertaken(codes) || codes.includes('UNKNOWN_MEMBER_ID')) throw logError(`joining group '${group}' failed`, error)
      return undefined
    }
  }

  get #candidate(): Omit<Candidate, 'id'> {
    const { topics, owner } = this.#options
    const busy = owner.isBusy && this.#owned.filter(id => owner.isBusy!(id)).map(keyOf)
    return { topics, only: owner.takesOnly && Object.fromEntries(owner.takesOnly), owned: this.#owned, busy, asked: this.#asked, isAlone: !owner.shares, epoch: this.#epoch }
  }

  async #assign(generation: number, members: readonly { readonly memberId: string, readonly metadata: Buffer }[]) {
    const { kafka } = this.#cluster
    const candidates = members.map(({ memberId, metadata }) => decodeCandidate(kafka, memberId, metadata))
    const [counts, epoch] = await Promise.all([this.#options.partitionCounts(), this.#options.newEpoch(generation)])
    const shares = assign(candidates, topic => counts.get(topic) ?? 0)
    return Array.from(shares, ([memberId, share]) => ({ memberId, assignment: encodeGiven(kafka, this.#names, { ...share, epoch }) }))
  }

  /** Gives whether it is at rest: who lets go of something joins again, so that another is given it. */
  async #take({ partitions, epoch }: Given): Promise<boolean> {
    if (this.#isOut) return true
    const [before, after] = [this.#owned, partitions].map(ids => new Set(ids.map(keyOf))) as [Set<string>, Set<string>]
    const lost = this.#owned.filter(id => !after.has(keyOf(id)))
    const gained = partitions.filter(id => !before.has(keyOf(id)))
    if (lost.length > 0) await this.#letGo(lost)
    if (this.#isOut) return true
    this.#owned = partitions
    this.#epoch = epoch
    this.#epochs.add(epoch)
    this.#options.owner.assigned(gained, epoch)
    return lost.length === 0
  }

  /** What is finished may be committed meanwhile. Nobody else is given these before this member joins again. */
  async #letGo(lost: readonly PartitionId[]): Promise<void> {
    this.#settled.resolve()
    const enough = pause(this.#options.sessionTimeoutMs / 3, undefined, { ref: false })
    await Promise.race([Promise.resolve(this.#options.owner.revoked(lost)).catch(() => {}), enough])
    this.#settled = Promise.withResolvers()
    this.#epochs.clear()
  }

  /** Taken for dead by the group: what it owned is another's. */
  #lose(): void {
    if (this.#isOut) return
    const { owner } = this.#options
    const lost = this.#owned
    this.#end()
    if (owner.expelled) owner.expelled()
    else if (lost.length > 0) void Promise.resolve(owner.revoked(lost)).catch(() => {})
  }

  #end(): void {
    this.#isOut = true
    this.#epochs.clear()
    this.#owned = []
    this.#nudge.resolve()
    this.#settled.resolve()
  }

  #ask<Answer>(call: (connection: Connection) => Promise<Answer>, patienceMs?: number): Promise<Answer> {
    return this.#cluster.ask({ to: 'group', id: this.group }, call, { lane: this.#lane, patienceMs })
  }
}

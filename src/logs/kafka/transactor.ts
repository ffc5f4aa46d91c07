// Transactions under one transactional id: all of one's records and the offsets of its groups, or nothing. Whoever begins under an id ends what was begun
// under it before, by another process or this one.
import type { Connection } from './client.ts'
import type { Cluster } from './cluster.ts'
import { codesOf, isProducerOut, outcomeUnknown } from './failures.ts'
import { produce, type ProducerIdentity } from './produce.ts'
import type { NewRecord, Producer } from './records.ts'
import { transactionProtocol, type TransactionProtocol } from './transaction-protocol.ts'

/** A member proves itself by its generation: the group's coordinator refuses the whole transaction of one that was overtaken. */
export interface GroupOffsets {
  readonly group: string
  readonly member: string
  readonly generation: number
  /** `metadata`: a note that the group keeps with the offset. Default: none. */
  readonly offsets: readonly { readonly topic: string, readonly partition: number, readonly offset: number, readonly metadata?: string | undefined }[]
}

export interface Transaction {
  readonly records: readonly NewRecord[]
  readonly groups: readonly GroupOffsets[]
  /** Of one partition in one request: topics of others take less than ours. Default: that of `produce`. */
  readonly batchBytesMax?: number | undefined
}

/**
 * - 'aborted': nothing of it is stored, or ever will be. `error` says why.
 * - 'unknown': it is stored as a whole or not at all; what it wrote tells. Nothing is under way any more.
 */
export type Outcome =
  | { readonly kind: 'committed', readonly offsets: readonly number[] }
  | { readonly kind: 'aborted', readonly error: unknown }
  | { readonly kind: 'unknown', readonly offsets: readonly number[], readonly error: unknown }

/** How long the end of a transaction is asked for. Longer than a broker takes to come back or be replaced. */
const outcomePatienceMs = 60_000

export class Transactor {
  readonly id: string
  readonly #cluster: Cluster
  readonly #timeoutMs: number
  #protocol: TransactionProtocol | undefined
  #identity: ProducerIdentity | undefined

  constructor(cluster: Cluster, id: string, timeoutMs: number) {
    this.#cluster = cluster
    this.id = id
    this.#timeoutMs = timeoutMs
  }

  /** Whether no other has begun under this id since this one did, as far as is known. */
  get isBegun(): boolean {
    return this.#identity !== undefined
  }

  /**
   * Ends what was under way under this id, and fences who began it. It is sent without the number and epoch of before: with them, the broker would take the
   * one that restarts for the zombie.
   */
  async begin(): Promise<void> {
    const { kafka } = this.#cluster
    this.#protocol ??= await transactionProtocol(this.#cluster)
    const { producerId, producerEpoch } = await this.#ask(connection => kafka.initProducerIdV4.api.async(connection, this.id, this.#timeoutMs, -1n, -1))
    this.#identity = this.#identityOf({ id: producerId, epoch: producerEpoch })
  }

  #identityOf({ id, epoch }: Producer): ProducerIdentity {
    return { id, epoch, sequences: new Map(), transaction: { id: this.id, protocol: this.#protocol! } }
  }

  async run(transaction: Transaction): Promise<Outcome> {
    let identity: ProducerIdentity
    let offsets: readonly number[]
    try {
      if (!this.#identity) await this.begin()
      identity = this.#identity!
      if (this.#protocol!.isAnnounced) await allDone([this.#addPartitions(identity, transaction.records), ...transaction.groups.map(group => this.#addGroup(identity, group))])
      offsets = await produce(this.#cluster, identity, transaction.records, [], transaction.batchBytesMax)
      // Not before: a member whose proof was taken while its records were on their way could be overtaken, and its successor would not see them coming.
      await allDone(transaction.groups.map(group => this.#sendOffsets(identity, group)))
    } catch (error) {
      await this.#abandon()
      return { kind: 'aborted', error }
    }
    return this.#end(identity, offsets)
  }

  /** Readers wait for what is open, so it is ended now. If that fails, the next begin or the broker's timeout ends it. */
  async #abandon(): Promise<void> {
    const identity = this.#identity
    this.#identity = undefined
    if (identity) await this.#ask(connection => this.#protocol!.end(connection, this.id, identity, false), 2_000).catch(() => {})
  }

  /** Asked until it is known: a transaction whose end was sent may be committed whatever became of the answer. */
  async #end(identity: ProducerIdentity, offsets: readonly number[]): Promise<Outcome> {
    let isAmbiguous = false
    const onFailure = (codes: readonly string[]) => { isAmbiguous ||= codes.some(code => code !== 'CONCURRENT_TRANSACTIONS') }
    try {
      const next = await this.#ask(connection => this.#protocol!.end(connection, this.id, identity, true), outcomePatienceMs, onFailure)
      if (next.epoch !== identity.epoch || next.id !== identity.id) this.#identity = this.#identityOf(next)
      return { kind: 'committed', offsets }
    } catch (error) {
      this.#identity = undefined
      if (!isProducerOut(codesOf(error))) return this.#settle(offsets, error)
      // Its coordinator has ended it, one way or the other. It is not begun anew: where marks were lost, what it says of the last one is all that is left.
      return isAmbiguous ? { kind: 'unknown', offsets, error } : { kind: 'aborted', error }
    }
  }

  /** Nothing that is on its way can end it any more. */
  async #settle(offsets: readonly number[], error: unknown): Promise<Outcome> {
    try {
      await this.begin()
    } catch (cause) {
      throw outcomeUnknown(cause)
    }
    return { kind: 'unknown', offsets, error }
  }

  async #addPartitions({ id, epoch }: ProducerIdentity, records: readonly NewRecord[]): Promise<void> {
    const byTopic = new Map<string, Set<number>>()
    for (const { topic, partition } of records) byTopic.set(topic, (byTopic.get(topic) ?? new Set()).add(partition))
    const topics = Array.from(byTopic, ([name, partitions]) => ({ name, partitions: [...partitions] }))
    await this.#ask(connection => this.#cluster.kafka.addPartitionsToTxnV3.api.async(connection, [{ transactionalId: this.id, producerId: id, producerEpoch: epoch, verifyOnly: false, topics }]))
  }

  async #addGroup({ id, epoch }: ProducerIdentity, { group }: GroupOffsets): Promise<void> {
    await this.#ask(connection => this.#cluster.kafka.addOffsetsToTxnV3.api.async(connection, this.id, id, epoch, group))
  }

  async #sendOffsets({ id, epoch }: ProducerIdentity, { group, member, generation, offsets }: GroupOffsets): Promise<void> {
    const byTopic = Map.groupBy(offsets, ({ topic }) => topic)
    const topics = Array.from(byTopic, ([name, entries]) => ({
      name, partitions: entries.map(({ partition, offset, metadata = '' }) => ({ partitionIndex: partition, committedOffset: BigInt(offset), committedLeaderEpoch: -1, committedMetadata: metadata })),
    }))
    await this.#cluster.ask({ to: 'group', id: group }, connection => this.#protocol!.sendOffsets.async(connection, this.id, group, id, epoch, generation, member, null, topics))
  }

  #ask<Answer>(call: (connection: Connection) => Promise<Answer>, patienceMs?: number, onFailure?: (codes: readonly string[]) => void): Promise<Answer> {
    return this.#cluster.ask({ to: 'transaction', id: this.id }, call, { patienceMs, onFailure })
  }
}

/** None of it is under way any more, whatever became of it. */
async function allDone(parts: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(parts)).find(part => part.status === 'rejected')
  if (failed) throw failed.reason
}

// The log on Kafka: a topic of ours is a topic of Kafka, a chunk is a record, a commit is a transaction. What the engine knows of itself is in the ledger.
import { randomUUID } from 'node:crypto'
import type { Append, Appended, Commit, Log, Membership, News, Owner, PartitionId, Progress, ReadLimits, StateEntry, StoredChunk, TopicInfo, TopicSpec } from '../../log.ts'
import { FencedError, LogError } from '../../model/errors.ts'
import { checkCredentials, kafkaAddress, type KafkaAddress } from './address.ts'
import { Appender } from './appender.ts'
import { kafkaClient, type Kafka } from './client.ts'
import { Cluster } from './cluster.ts'
import { CommitLine } from './commit-line.ts'
import { logError } from './failures.ts'
import { GroupMember } from './group-member.ts'
import { membersOf, ownedIn } from './group-sight.ts'
import { HangingTransactions } from './hanging-transactions.ts'
import { Ledger, type KnownTopic } from './ledger.ts'
import { KafkaNames } from './names.ts'
import { Reader } from './reader.ts'
import { offsetsPerRecord, recordOf } from './records.ts'
import { Removal } from './removal.ts'
import { SeenIds } from './seen-ids.ts'
import { Tail } from './tail.ts'
import { chunkTopic, ledgerTopic, makeTopics } from './topic-admin.ts'
import { TopicDirectory } from './topic-directory.ts'
import { Transactor } from './transactor.ts'
import { Watcher } from './watcher.ts'

export interface KafkaLogOptions {
  /** What a process that vanished had begun is ended after so long. Default: as long as a session. */
  readonly transactionTimeoutMs?: number | undefined
}

/** A broker looks for transactions that are over their time every 10 seconds, and the first look may come as late after it began. */
const abortedWithinMs = 15_000

/** Opens a log at kafka://host:port[,host:port][/prefix][?setting=value]. Throws LogError UNREACHABLE when no broker answers. */
export async function openKafka(address: string | KafkaAddress, options: KafkaLogOptions = {}): Promise<KafkaLog> {
  const at = typeof address === 'string' ? kafkaAddress(address) : address
  checkCredentials(at.connection)
  const log = new KafkaLog(await kafkaClient(), at, options)
  try {
    await log.open()
  } catch (error) {
    log.vanish()
    throw logError(`Kafka at ${at.brokers.map(({ host, port }) => `${host}:${port}`).join(', ')} could not be used`, error)
  }
  return log
}

export class KafkaLog implements Log {
  readonly kind = 'kafka'
  readonly offsetsPerChunk = offsetsPerRecord
  readonly parts: number
  readonly #address: KafkaAddress
  readonly #names: KafkaNames
  readonly #cluster: Cluster
  readonly #ledger: Ledger
  readonly #tail: Tail
  readonly #appender: Appender
  readonly #seen: SeenIds
  readonly #commits: CommitLine
  readonly #reader: Reader
  readonly #watcher: Watcher
  readonly #removal: Removal
  readonly #topics: TopicDirectory
  readonly #members = new Set<GroupMember>()
  /** Reads what a former owner has committed, once after each assignment: who looks meanwhile waits for it too. */
  #catchUp: Promise<void> | undefined
  #end: LogError | undefined
  #closing: Promise<void> | undefined

  constructor(kafka: Kafka, address: KafkaAddress, options: KafkaLogOptions) {
    const timeoutMs = options.transactionTimeoutMs ?? address.sessionTimeoutMs
    this.#address = address
    this.parts = address.parts
    this.#names = new KafkaNames(address.prefix)
    this.#cluster = new Cluster(kafka, { brokers: address.brokers, connection: address.connection, clientId: this.#names.writer(randomUUID()) })
    const hanging = new HangingTransactions({
      cluster: this.#cluster, openMsMax: timeoutMs + abortedWithinMs, ledger: this.#names.ledger, partitions: () => this.#partitions(), onHopeless: error => this.vanish(error),
      wasCommitted: async producer => {
        await this.#tail.atEnd()
        return this.#ledger.wasCommitted(producer)
      },
    })
    this.#watcher = new Watcher(this.#cluster, hanging)
    this.#ledger = new Ledger(this.#names.ledger, { onTopic: topic => this.#watchTopic(topic), onForgotten: name => this.#forget(name) })
    this.#tail = new Tail(this.#cluster, hanging, this.#names.ledger, record => this.#ledger.take(record))
    this.#appender = new Appender(this.#cluster)
    this.#seen = new SeenIds(this.#cluster, hanging, this.#names.ids)
    this.#reader = new Reader(this.#cluster, this.#names)
    this.#removal = new Removal(this.#cluster, this.#names, this.#ledger)
    this.#topics = new TopicDirectory({ cluster: this.#cluster, names: this.#names, ledger: this.#ledger, tail: this.#tail, appender: this.#appender, seen: this.#seen, replicationFactor: address.replicationFactor })
    this.#commits = new CommitLine({
      cluster: this.#cluster, names: this.#names, ledger: this.#ledger, tail: this.#tail, seen: this.#seen,
      newOwn: () => new Transactor(this.#cluster, this.#names.writer(randomUUID()), timeoutMs), shared: new Transactor(this.#cluster, this.#names.uniqueWriter, timeoutMs),
    })
  }

  async open(): Promise<void> {
    const { ledger, ids } = this.#names
    await this.#cluster.reach()
    await makeTopics(this.#cluster, [{ topic: ledger, partitions: 1, settings: ledgerTopic }, { topic: ids, partitions: 1, settings: chunkTopic }], this.#address.replicationFactor)
    this.#tail.follow()
    await this.#tail.atEnd()
  }

  createTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.#ask('topics could not be made', () => this.#topics.create(topics))
  }

  deleteTopics(names: readonly string[]): Promise<void> {
    return this.#ask('topics could not be removed', () => this.#topics.remove(names))
  }

  topics(): Promise<readonly TopicInfo[]> {
    return this.#ask('topics could not be listed', () => this.#topics.list())
  }

  append(append: Append): Promise<Appended> {
    return this.#ask('an append failed', async () => {
      await this.#topics.ready([append])
      if (append.unique) {
        const [appended] = await this.#commits.add({ appends: [append], progress: [], state: [] })
        this.#watcher.tell(append)
        return appended!
      }
      const record = recordOf(this.#names.topic(append.topic), append.partition, append.chunk, Date.now())
      const [offset] = await this.#appender.append([record])
      this.#watcher.tell(append)
      return { offset: offset! * offsetsPerRecord, next: (offset! + 1) * offsetsPerRecord, duplicates: [] }
    })
  }

  read(partition: PartitionId, from: number, limits?: ReadLimits): Promise<readonly StoredChunk[]> {
    return this.#ask('a read failed', async () => {
      await this.#topics.check([partition])
      if (!(await this.#topics.mayHold(partition))) return []
      return this.#reader.read(partition, from, limits)
    })
  }

  join(group: string, topics: readonly string[], owner: Owner): Promise<Membership> {
    return this.#ask(`joining group '${group}' failed`, async () => {
      const member: GroupMember = new GroupMember(this.#cluster, this.#names, {
        group, topics, sessionTimeoutMs: this.#address.sessionTimeoutMs,
        owner: this.#ownerOf(owner, () => member),
        partitionCounts: () => this.#topics.partitionCounts(),
        newEpoch: generation => this.#newEpoch(group, generation),
      })
      this.#members.add(member)
      try {
        await member.join()
      } catch (error) {
        this.#members.delete(member)
        throw error
      }
      return { leave: () => this.#leave(member), balance: () => member.balance() }
    })
  }

  commit({ epoch, ...parts }: Commit): Promise<readonly Appended[]> {
    return this.#ask('a commit failed', async () => {
      const member = [...this.#members].find(each => each.gave(epoch))
      if (!member) throw new FencedError(epoch, Math.max(-1, ...[...this.#members].map(each => each.epoch)))
      // Those of one turn keep their order: a topic that is not known yet, or not made, is seen to only where there is one.
      const unready = [...parts.appends, ...parts.progress].filter(id => !this.#topics.isReady(id))
      if (unready.length > 0) await this.#topics.ready(unready)
      const appended = await this.#commits.add({ ...parts, member: { is: member, epoch } })
      this.#removal.touch(parts.progress)
      for (const append of parts.appends) this.#watcher.tell(append)
      return appended
    })
  }

  progress(subscription: string): Promise<readonly Progress[]> {
    return this.#current(() => this.#ledger.progressOf(subscription))
  }

  get(store: string, keys: readonly string[]): Promise<readonly StateEntry[]> {
    return this.#current(() => this.#ledger.get(store, keys))
  }

  scan(store: string, after?: string, limit = 1_000): Promise<readonly StateEntry[]> {
    return this.#current(() => this.#ledger.scan(store, after, limit))
  }

  deleteStores(names: readonly string[]): Promise<void> {
    return this.#ask('stores could not be removed', async () => {
      await this.#tail.atEnd()
      await this.#topics.note(names.flatMap(store => this.#ledger.keysOf(store).map(key => this.#ledger.stateRecord({ store, key, value: null }))))
    })
  }

  watch(listener: (partition: PartitionId) => void): () => void {
    return this.#end ? () => {} : this.#watcher.watch(listener)
  }

  follow(listener: (news: News) => void): () => void {
    return this.#ledger.follow(listener)
  }

  membersOf(group: string): Promise<number> {
    return this.#ask(`the members of '${group}' could not be counted`, () => membersOf(this.#cluster, this.#names.group(group)))
  }

  ownedIn(group: string): Promise<readonly PartitionId[]> {
    return this.#ask(`what members of '${group}' have could not be read`, () => ownedIn(this.#cluster, this.#names.group(group)))
  }

  close(): Promise<void> {
    const end = new LogError('CLOSED', 'this log is closed; open another')
    this.#end ??= end
    this.#closing ??= this.#close(end)
    return this.#closing
  }

  /** Everything ends as it does when the process is killed: nothing is told to anyone. */
  vanish(end: LogError = new LogError('CLOSED', 'this log has vanished; open another')): void {
    this.#end ??= end
    for (const member of this.#members) member.vanish()
    this.#removal.stop()
    this.#cluster.stop(end)
  }

  async #close(end: LogError): Promise<void> {
    await Promise.allSettled([this.#appender.idle(), this.#commits.idle()])
    await Promise.allSettled([...this.#members].map(member => member.leave()))
    this.#removal.stop()
    this.#cluster.stop(end)
    this.#ledger.close()
    this.#seen.close()
  }

  async #leave(member: GroupMember): Promise<void> {
    this.#members.delete(member)
    await member.leave()
  }

  #ownerOf(owner: Owner, member: () => GroupMember): Owner {
    const expelled = () => {
      this.#members.delete(member())
      owner.expelled!()
    }
    return { shares: owner.shares, isBusy: owner.isBusy && (id => owner.isBusy!(id)), takesOnly: owner.takesOnly, assigned: (ids, epoch) => this.#assigned(owner, ids, epoch), revoked: ids => owner.revoked(ids), ...(owner.expelled ? { expelled } : {}) }
  }

  #assigned(owner: Owner, ids: readonly PartitionId[], epoch: number): void {
    this.#catchUp = undefined
    owner.assigned(ids, epoch)
  }

  /** An owner's state is changed by nobody else, so from the first look after its assignment on, what is here is all there is. */
  #current<Result>(look: () => Result): Promise<Result> {
    return this.#ask('the ledger could not be read', async () => {
      await (this.#members.size === 0 ? this.#tail.atEnd() : (this.#catchUp ??= this.#caughtUp()))
      return look()
    })
  }

  async #caughtUp(): Promise<void> {
    try {
      await this.#tail.atEnd()
    } catch (error) {
      this.#catchUp = undefined
      throw error
    }
  }

  async #newEpoch(group: string, generation: number): Promise<number> {
    const [offset] = await this.#appender.append([this.#ledger.epochRecord(group, generation)])
    return offset! + 1
  }

  #watchTopic({ name, partitions, isMade }: KnownTopic): void {
    if (!isMade) return
    for (let partition = 0; partition < partitions; partition++) this.#watcher.add({ topic: name, partition }, this.#names.topic(name))
  }

  /** All that transactions write to besides the ledger, by the names of Kafka. */
  #partitions(): readonly PartitionId[] {
    const made = [...this.#ledger.topics.values()].filter(({ isMade }) => isMade)
    const parts = made.flatMap(({ name, partitions }) => Array.from({ length: partitions }, (_, partition) => ({ topic: this.#names.topic(name), partition })))
    return [...parts, { topic: this.#names.ids, partition: 0 }]
  }

  #forget(topic: string): void {
    for (const part of [this.#watcher, this.#reader, this.#removal]) part.forget(topic)
  }

  async #ask<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    if (this.#end) throw this.#end
    try {
      return await work()
    } catch (error) {
      if (error instanceof FencedError || error instanceof LogError) {
        if (error.code === 'OUTCOME_UNKNOWN') this.vanish(error)
        throw error
      }
      throw logError(what, error)
    }
  }
}

// The only thing an engine implements. Everything Batchwork does is topics, subscriptions and this one atomic commit;
// the conformance suite in testing/log-conformance.ts is its specification.
//
// Offsets grow within a partition, but may have gaps: a chunk says where it begins and where the next read starts (`next`). An item's
// offset is its chunk's offset plus its index. (Kafka: record offset x 65,536 + index in the record; transaction markers leave gaps.)
import type { EncodedChunk, PartitionId, StoredChunk } from './model/chunk.ts'
import type { Range } from './model/ranges.ts'

export type { EncodedChunk, PartitionId, StoredChunk }

export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  /** A chunk is removed, some time after, when each of these subscriptions has done with all of it and of those before it. None: kept until the topic is deleted. */
  readonly subscriptions: readonly string[]
  /** Most never write to it: an engine whose topics cost much may make what is behind it when something is first appended. Default false. */
  readonly isSeldomUsed?: boolean | undefined
}

export interface Append extends PartitionId {
  readonly chunk: EncodedChunk
  readonly unique?: Unique | undefined
}

/** Drops the items whose id this topic has seen within the horizon. */
export interface Unique {
  readonly ids: readonly string[]
  readonly forMs: number
  /** An entry of the state, a whole number: grows by what is dropped, with the append. Who dies before it hears of it can count. */
  readonly countedAs?: Pick<StateChange, 'store' | 'key'> | undefined
}

export interface Appended {
  /** Of the chunk's first item. */
  readonly offset: number
  readonly next: number
  /** Indexes into `unique.ids` of the items dropped, ascending. */
  readonly duplicates: readonly number[]
}

/** How far one subscription is in one partition: a low-water mark, what is done above it, and a note of the reader's own. */
export interface Progress extends PartitionId {
  readonly subscription: string
  readonly mark: number
  /** Done at or above the mark: ascending, disjoint, not adjacent. */
  readonly done: readonly Range[]
  /** JSON. Kept with the position: a source's own position, end records seen, suspects. */
  readonly note?: string | undefined
}

export interface StateChange {
  readonly store: string
  readonly key: string
  /** JSON; null removes the entry. */
  readonly value: string | null
}

/**
 * All or nothing: what is appended, the progress made and the state changed. Refused with FencedError from an epoch that does not hold: one of a member that
 * lost a partition since, or is none any more. A member that keeps all of its partitions may go on with the epoch it has when others come and go.
 */
export interface Commit {
  readonly epoch: number
  readonly appends: readonly Append[]
  readonly progress: readonly Progress[]
  readonly state: readonly StateChange[]
}

export interface StateEntry {
  readonly key: string
  readonly value: string
}

export interface ReadLimits {
  /** At most this many chunks, at least one if there is one. Default 1. */
  readonly chunks?: number | undefined
  /** Stops after the chunk that passes this many bytes of values. Default 4,000,000. */
  readonly bytes?: number | undefined
}

/** Told which partitions this process owns. Only an owner commits for a partition. */
export interface Owner {
  /** Takes part beside other members, where `Log.parts` says that several may. Default false: alone. */
  readonly shares?: boolean | undefined
  /** Whether there is work in a partition that it has: asked when members change. Who has none is given of what others have. Default: there is in all. */
  readonly isBusy?: ((partition: PartitionId) => boolean) | undefined
  /** Of the topics named here it takes these partitions only, for as long as it is a member. Default: any partition of all its topics. */
  readonly takesOnly?: ReadonlyMap<string, readonly number[]> | undefined
  /** `epoch` goes into every commit. Called again with every new epoch, with or without further partitions. */
  assigned(partitions: readonly PartitionId[], epoch: number): void
  /**
   * These go to another. Until the promise resolves, the epochs before hold, if the membership does: what is finished may be committed. An engine
   * waits for a third of its session, not longer.
   */
  revoked(partitions: readonly PartitionId[]): void | Promise<void>
  /** The group took this member for dead: it owns nothing and is given nothing any more. To take part again, join anew. */
  readonly expelled?: (() => void) | undefined
}

/** What one commit changed, but for what it appended. */
export interface News {
  readonly progress: readonly Progress[]
  readonly state: readonly StateChange[]
}

export interface Membership {
  /** This member has nothing to do: the partitions that are busy are shared out anew, evenly. */
  readonly balance?: (() => void) | undefined
  leave(): Promise<void>
}

export interface TopicInfo extends TopicSpec {
  /** For each partition: where it begins now, and the offset the next item gets. */
  readonly extents: readonly { readonly start: number; readonly end: number }[]
}

export interface Log {
  readonly kind: string
  /** The store's folder on this machine: what is too large for the log may lie beside it. Absent where there is none. */
  readonly folder?: string | undefined
  /**
   * Present where offsets leave gaps: a chunk takes at most so many. Then differences of offsets tell how many chunks there can be, and nothing about items.
   * Absent: a difference of offsets is a number of items.
   */
  readonly offsetsPerChunk?: number | undefined
  /**
   * Present where several processes may take part in one group: into how many parts work is divided, so that each of them gets some. Such a log has `follow`,
   * `membersOf` and `ownedIn`. Absent: one process has all.
   */
  readonly parts?: number | undefined
  /** Creates what is missing. A topic that exists keeps its data and takes the new subscriptions; another number of partitions is refused. */
  createTopics(topics: readonly TopicSpec[]): Promise<void>
  /** Removes topics with their progress. Names that do not exist are passed over. */
  deleteTopics(names: readonly string[]): Promise<void>
  topics(): Promise<readonly TopicInfo[]>
  /** Resolves when the items are durable. Anyone may append; each append is atomic. */
  append(append: Append): Promise<Appended>
  /**
   * Chunks from the one that holds `from`, or the first after it, in order. Only what is committed is seen. Empty at the end: where a commit is under way,
   * an engine may wait for its outcome, but never gives nothing where something was acknowledged.
   */
  read(partition: PartitionId, from: number, limits?: ReadLimits): Promise<readonly StoredChunk[]>
  /** Takes part in the group that owns these topics' partitions. Every partition is owned by one member at a time. */
  join(group: string, topics: readonly string[], owner: Owner): Promise<Membership>
  /**
   * One result for each of `appends`. When it rejects, none of it is visible, now or later; but for LogError 'OUTCOME_UNKNOWN', after which only another log on
   * the same storage can tell, and this one is closed.
   */
  commit(commit: Commit): Promise<readonly Appended[]>
  /** Called by an owner after `assigned`, this holds all that a former owner has committed, and so do `get` and `scan`. */
  progress(subscription: string): Promise<readonly Progress[]>
  /** The values of the keys that exist. */
  get(store: string, keys: readonly string[]): Promise<readonly StateEntry[]>
  /** In the order of the keys' UTF-8 bytes, after `after`. Default limit 1,000. */
  scan(store: string, after?: string, limit?: number): Promise<readonly StateEntry[]>
  deleteStores(names: readonly string[]): Promise<void>
  /** Called after something became readable in a partition, by whomever it was appended. Returns how to stop. */
  watch(listener: (partition: PartitionId) => void): () => void
  /**
   * Tells what is committed from now on, by this process and by others, in order, some time after; but before `progress`, `get` or `scan` answers
   * with it, and of a commit of this process before that is answered. Returns how to stop.
   */
  follow?(listener: (news: News) => void): () => void
  /** How many members a group has at the moment. One that vanished counts until its session ends. */
  membersOf?(group: string): Promise<number>
  /** The partitions that members of a group own at the moment. While members change, some may be left out. */
  ownedIn?(group: string): Promise<readonly PartitionId[]>
  close(): Promise<void>
}

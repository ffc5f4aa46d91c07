// Looks at each commit to a shared run as it becomes durable: whether the process that made it had what it speaks for at that epoch, and whether the counts, ends
// and barriers are true of what the log holds.
import assert from 'node:assert/strict'
import type { Append, Appended, Commit, PartitionId, TopicSpec } from '../../src/log.ts'
import type { StoreObserver } from '../../src/logs/memory/options.ts'
import { decodeItems } from '../../src/model/items.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { runKey, runsStore, type RunRecord, type RunStatus } from '../../src/runtime/control.ts'
import { Owned } from './shared-owned.ts'
import { SharedCounts } from './shared-counts.ts'

/** One membership of one process. */
export interface Tenure {
  assigned(partitions: readonly PartitionId[], epoch: number): void
  revoked(partitions: readonly PartitionId[]): void
}

interface Interval {
  readonly from: number
  until: number
  isEnding: boolean
}

/** By partition. */
type Intervals = Map<string, Interval[]>

export class SharedWitness implements StoreObserver {
  readonly arrived: { readonly item: number; readonly partition: number; readonly offset: number }[] = []
  readonly #owned: Owned
  readonly #counts: SharedCounts
  readonly #intervals = new Map<number, Intervals>()
  readonly #senders = new WeakMap<Commit['state'], number>()
  readonly #published: string
  readonly #pipeline: string
  #until: readonly number[] | undefined
  #status: RunStatus | undefined
  #commits = 0

  constructor(plan: Plan, scope: string, published: string) {
    this.#owned = new Owned(plan, scope)
    this.#counts = new SharedCounts(plan, scope)
    this.#published = published
    this.#pipeline = plan.pipeline
  }

  get commits(): number {
    return this.#commits
  }

  /** Items that stages have not done with. */
  get left(): number {
    return this.#counts.left
  }

  /** As the first run's record says. */
  get isComplete(): boolean {
    return this.#status?.startsWith('completed') ?? false
  }

  /** What the run takes of what was published, as it has said; all where it never ends. */
  get taken(): readonly number[] {
    return this.arrived.filter(({ partition, offset }) => offset < (this.#until?.[partition] ?? Infinity)).map(({ item }) => item)
  }

  joined(process: number): Tenure {
    const all: Intervals = this.#intervals.get(process) ?? new Map()
    this.#intervals.set(process, all)
    // What it had under another membership is not its any more.
    for (const interval of [...all.values()].flat()) interval.isEnding = true
    return {
      assigned: (partitions, epoch) => {
        for (const interval of [...all.values()].flat()) if (interval.isEnding && interval.until === Infinity) interval.until = epoch
        for (const id of partitions) all.set(keyOf(id), [...(all.get(keyOf(id)) ?? []), { from: epoch, until: Infinity, isEnding: false }])
      },
      revoked: partitions => {
        for (const id of partitions) for (const interval of all.get(keyOf(id)) ?? []) interval.isEnding = true
      },
    }
  }

  /** Commits of no process of the run are not looked at: a person's. */
  sent({ state }: Commit, process: number): void {
    this.#senders.set(state, process)
  }

  created(topic: TopicSpec): void {
    this.#counts.created(topic)
  }

  deleted(): void {}

  appended(append: Append, appended: Appended): void {
    this.#counts.appended(append, appended)
    if (append.topic !== this.#published) return
    const { topic, partition, chunk } = append
    const { values } = decodeItems({ ...chunk, topic, partition, offset: 0, next: chunk.count, at: 0 })
    const dropped = new Set(appended.duplicates)
    values.filter((_, index) => !dropped.has(index)).forEach((item, index) => this.arrived.push({ item: item as number, partition, offset: appended.offset + index }))
  }

  committed(commit: Commit, appended: readonly Appended[]): void {
    this.#commits++
    this.#checkOwner(commit)
    for (const { store, key, value } of commit.state) {
      if (store.endsWith('/until') && key === this.#published) this.#until = JSON.parse(value!) as readonly number[]
      if (store === runsStore(this.#pipeline) && key === runKey(1)) this.#status = (JSON.parse(value!) as RunRecord).status
    }
    commit.appends.forEach((append, index) => this.appended(append, appended[index]!))
    this.#counts.committed(commit)
  }

  trimmed(): void {}

  #checkOwner(commit: Commit): void {
    const process = this.#senders.get(commit.state)
    if (process === undefined) return
    for (const { id, what } of this.#owned.spokenFor(commit)) {
      const had = this.#intervals.get(process)?.get(keyOf(id)) ?? []
      assert.ok(had.some(({ from, until }) => from <= commit.epoch && commit.epoch < until), `process ${process} has committed ${what} with epoch ${commit.epoch}, and had partition ${id.partition} of '${id.topic}' only ${
        had.map(({ from, until }) => `from ${from} until ${until}`).join(', ') || 'never'}`)
    }
  }
}


function keyOf({ topic, partition }: PartitionId): string {
  return `${partition}:${topic}`
}

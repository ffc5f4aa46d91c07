// A log in memory for tests and simulations: each handle that is opened on a store plays one process. Time and chance are injected, so
// a run with the same seed is the same run.
import type { Append, Appended, Commit, Log, Membership, News, Owner, PartitionId, Progress, ReadLimits, StateEntry, StoredChunk, TopicInfo, TopicSpec } from '../../log.ts'
import { LogError } from '../../model/errors.ts'
import { Line } from './delays.ts'
import type { MemoryStore } from './memory-store.ts'
import type { Member } from './ownership.ts'

export { MemoryStore } from './memory-store.ts'
export { likeKafka, type MemoryStoreOptions } from './options.ts'

/** A member that lets go of something is waited for so long. */
const letGoMsMax = 3_000
const heartbeatMs = 500

export class MemoryLog implements Log {
  readonly kind = 'memory'
  readonly parts: number | undefined
  readonly #store: MemoryStore
  readonly #members = new Set<Member>()
  readonly #watchers = new Set<(partition: PartitionId) => void>()
  readonly #unfollows = new Set<() => void>()
  /** Each tells one follower what it has not heard yet. */
  readonly #untold = new Set<() => void>()
  readonly #appends: Line
  readonly #commits: Line
  readonly #news: Line
  readonly #inFlight = new Set<Promise<unknown>>()
  /** Of calls that are not answered yet. */
  readonly #rejects = new Set<(error: unknown) => void>()
  #isGone = false
  #end: LogError | undefined
  #closing: Promise<void> | undefined

  constructor(store: MemoryStore) {
    this.#store = store
    this.parts = store.options.parts
    this.#appends = new Line(store.delays)
    this.#commits = new Line(store.delays)
    this.#news = new Line(store.delays)
    store.watch(this.#hear)
  }

  /** The process is killed: its calls under way are never answered, later ones reject, and others take over what it owned. */
  crash(): void {
    this.#goneBecause(new LogError('CRASHED', 'this process of the simulated log has crashed; open another'))
  }

  /** The process is taken for dead, as after a pause past its lease. Its next commit is refused; its next heartbeat too, where it shares. */
  expel(): void {
    const members = [...this.#members]
    this.#members.clear()
    for (const member of members) this.#store.ownership.end(member)
    const heartbeat = () => { if (!this.#isGone) for (const { owner } of members) owner.expelled?.() }
    if (members.some(({ owner }) => owner.expelled)) this.#store.options.clock.after(heartbeatMs, heartbeat)
  }

  createTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.#ask(() => this.#store.createTopics(topics))
  }

  deleteTopics(names: readonly string[]): Promise<void> {
    return this.#ask(() => this.#store.deleteTopics(names))
  }

  topics(): Promise<readonly TopicInfo[]> {
    return this.#ask(() => this.#store.topics())
  }

  append(append: Append): Promise<Appended> {
    return this.#call<Appended>((resolve, reject) => {
      const [taken] = [append]
      this.#appends.push(done => {
        if (!this.#isGone) settle(() => this.#store.append(taken), value => this.#answer(() => this.#told([taken], () => resolve(value))), error => this.#answer(() => reject(error)))
        done()
      })
    })
  }

  read(partition: PartitionId, from: number, limits?: ReadLimits): Promise<readonly StoredChunk[]> {
    return this.#call((resolve, reject) => {
      const look = () => {
        const stored = this.#store.partition(partition)
        const chunks = stored.read(from, limits)
        if (chunks.length === 0 && stored.isHidden(from)) stored.whenSettled(() => settle(look, () => {}, reject))
        else this.#answer(() => resolve(chunks))
      }
      this.#answer(() => settle(look, () => {}, error => this.#answer(() => reject(error))))
    })
  }

  join(group: string, topics: readonly string[], owner: Owner): Promise<Membership> {
    const tell: Member['tell'] = (news, told) => this.#news.push(done => {
      const heard = once(() => {
        told()
        done()
      })
      const answer = !this.#isGone && this.#members.has(member) ? news(owner) : undefined
      if (!answer) return heard()
      this.#store.options.clock.after(letGoMsMax, heard)
      answer.then(heard, heard)
    })
    const member: Member = { process: this, group, topics, owner, tell }
    return this.#ask(() => {
      this.#members.add(member)
      settle(() => this.#store.ownership.join(member), () => {}, error => {
        this.#members.delete(member)
        throw error
      })
      return { leave: () => this.#leave(member) }
    })
  }

  commit(commit: Commit): Promise<readonly Appended[]> {
    return this.#call<readonly Appended[]>((resolve, reject) => {
      const taken = { ...commit, appends: commit.appends }
      this.#commits.push(done => this.#accept(taken, resolve, reject, done))
    })
  }

  progress(subscription: string): Promise<readonly Progress[]> {
    return this.#askStable(() => this.#store.progressOf(subscription))
  }

  get(store: string, keys: readonly string[]): Promise<readonly StateEntry[]> {
    return this.#askStable(() => this.#store.state.get(store, keys))
  }

  scan(store: string, after?: string, limit = 1_000): Promise<readonly StateEntry[]> {
    return this.#askStable(() => this.#store.state.scan(store, after, limit))
  }

  deleteStores(names: readonly string[]): Promise<void> {
    return this.#ask(() => names.forEach(name => this.#store.state.delete(name)))
  }

  follow(listener: (news: News) => void): () => void {
    const line = new Line(this.#store.delays)
    const untold: News[] = []
    const tell = () => {
      const news = untold.shift()
      if (news && !this.#isGone) listener(news)
    }
    const hear = (news: News) => {
      untold.push(news)
      line.push(done => {
        tell()
        done()
      })
    }
    const tellAll = () => { while (untold.length > 0) tell() }
    this.#store.follow(hear)
    this.#untold.add(tellAll)
    const stop = () => {
      this.#store.unfollow(hear)
      this.#untold.delete(tellAll)
    }
    this.#unfollows.add(stop)
    return stop
  }

  membersOf(group: string): Promise<number> {
    return this.#ask(() => this.#store.ownership.membersOf(group))
  }

  ownedIn(group: string): Promise<readonly PartitionId[]> {
    return this.#ask(() => this.#store.ownership.ownedIn(group))
  }

  watch(listener: (partition: PartitionId) => void): () => void {
    this.#watchers.add(listener)
    return () => void this.#watchers.delete(listener)
  }

  close(): Promise<void> {
    this.#end ??= new LogError('CLOSED', 'this log is closed; open another')
    this.#closing ??= (this.#isGone ? Promise.resolve() : Promise.allSettled(this.#inFlight)).then(() => this.#goneBecause(this.#end!))
    return this.#closing
  }

  /**
   * The group's epoch is looked at on arrival; where one process owns the store, again when the commit is decided. Who is refused has heard before of the
   * epoch that it was given in the place of its own.
   */
  #accept(commit: Commit, resolve: (appended: readonly Appended[]) => void, reject: (error: unknown) => void, done: () => void): void {
    const accept = () => this.#store.ownership.check(this, commit)
    const decideLater = () => {
      const decided = this.#store.beginCommit(this)
      this.#store.delays.later(() => {
        if (this.#isStillSent) this.#decide(commit, resolve, reject)
        decided()
        done()
      })
    }
    if (this.#isGone) return done()
    settle(accept, decideLater, error => this.#store.ownership.whenTold(this, () => {
      this.#answer(() => reject(error))
      done()
    }))
  }

  #decide(commit: Commit, resolve: (appended: readonly Appended[]) => void, reject: (error: unknown) => void): void {
    const { ownership, options } = this.#store
    const isLost = options.lostAcknowledgements !== undefined && options.random() < options.lostAcknowledgements
    if (!isLost || options.random() < 0.5) {
      const decide = () => {
        if (options.ownership !== 'group') ownership.check(this, commit)
        return this.#store.decide(commit)
      }
      const answer = (action: () => void) => { if (!isLost) this.#answer(action) }
      settle(decide, appended => answer(() => {
        for (const tellAll of this.#untold) tellAll()
        this.#told(commit.appends, () => resolve(appended))
      }), error => answer(() => reject(error)))
    }
    if (isLost) this.#loseTrack(reject)
  }

  /** Whether the commit took place is not known here any more: another process reads what it is, this one must not go on. */
  #loseTrack(reject: (error: unknown) => void): void {
    const end = new LogError('OUTCOME_UNKNOWN', 'the acknowledgement of a commit was lost: it was stored as a whole or not at all; open the log again and read the progress')
    this.#goneBecause(end)
    reject(end)
    for (const rejectCall of this.#rejects) rejectCall(end)
  }

  /** Of a process that was killed meanwhile, the end of the transaction was sent or was not. */
  get #isStillSent(): boolean {
    return !this.#isGone || (this.#store.options.ownership === 'group' && this.#store.options.random() < 0.5)
  }

  /** What this process appends it is told of before it is answered. */
  #told(appends: readonly Append[], answer: () => void): void {
    for (const { topic, partition } of appends) for (const watcher of this.#watchers) watcher({ topic, partition })
    answer()
  }

  #leave(member: Member): Promise<void> {
    return this.#ask(() => {
      if (this.#members.delete(member)) this.#store.ownership.end(member)
    })
  }

  #goneBecause(end: LogError): void {
    if (this.#isGone) return
    this.#end = end
    this.#isGone = true
    this.#store.unwatch(this.#hear)
    for (const unfollow of this.#unfollows) unfollow()
    this.expel()
  }

  readonly #hear = (partition: PartitionId): void => {
    for (const watcher of this.#watchers) this.#answer(() => { if (this.#watchers.has(watcher)) watcher(partition) })
  }

  #ask<Result>(work: () => Result): Promise<Result> {
    return this.#call((resolve, reject) => this.#answer(() => settle(work, value => this.#answer(() => resolve(value)), error => this.#answer(() => reject(error)))))
  }

  #askStable<Result>(work: () => Result): Promise<Result> {
    return this.#call(resolve => this.#answer(() => this.#store.whenDecided(this, () => {
      const value = work()
      for (const tellAll of this.#untold) tellAll()
      this.#answer(() => resolve(value))
    })))
  }

  #call<Result>(start: (resolve: (value: Result) => void, reject: (error: unknown) => void) => void): Promise<Result> {
    if (this.#end) return Promise.reject(this.#end)
    const call = new Promise<Result>((resolve, reject) => {
      this.#rejects.add(reject)
      start(value => {
        this.#rejects.delete(reject)
        resolve(value)
      }, error => {
        this.#rejects.delete(reject)
        reject(error)
      })
    })
    if ((this.#store.options.delayMsMax ?? 0) > 0) this.#remember(call)
    return call
  }

  #remember(call: Promise<unknown>): void {
    this.#inFlight.add(call)
    const forget = () => void this.#inFlight.delete(call)
    call.then(forget, forget)
  }

  /** A message to this process: a dead one gets none. */
  #answer(action: () => void): void {
    this.#store.delays.later(() => { if (!this.#isGone) action() })
  }
}

function once(action: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) action()
    isDone = true
  }
}

function settle<Value>(work: () => Value, then: (value: Value) => void, otherwise: (error: unknown) => void): void {
  let value: Value
  try {
    value = work()
  } catch (error) {
    return otherwise(error)
  }
  then(value)
}

// Runs one stage: feeds in, a processor in the middle, one commit at a time out. A commit holds everything its units did: results,
// retries, dead letters, progress, counts, state.
import type { Appended, Commit, Progress, StateChange } from '../log.ts'
import { LogError } from '../model/errors.ts'
import type { RetryState } from '../model/item.ts'
import { encodeEnd, encodeItems, type Items } from '../model/items.ts'
import type { StagePlan, TopicPlan } from '../plan/plan.ts'
import { addCounters, noCounters, type Counters } from './counts.ts'
import { chunked, deadLettersOf, resultsOf, retriesOf } from './collect.ts'
import type { Environment } from './environment.ts'
import type { Feed } from './feed.ts'
import type { Flight, Harvest } from './flight.ts'
import { deadLetterTopic, outcomesTopic, partitionsOf, retryTopic, type RunNames } from './names.ts'
import { outcomeOf } from './outcomes.ts'
import type { Processor } from './processor.ts'

export interface StageRunnerOptions {
  readonly stage: StagePlan
  readonly environment: Environment
  readonly names: RunNames
  readonly epoch: number
  readonly round: number
  /** The stage's output, where anyone reads it. */
  readonly output: TopicPlan | undefined
  readonly counters: Counters
  readonly endedLanes: ReadonlySet<number>
  /** Attempts of items that are retried in place, from before a restart. */
  readonly held: ReadonlyMap<string, RetryState>
  readonly refuse: (error: unknown, before: RetryState | undefined) => RetryState
  /** Prepares results for a topic of the user's: keys, ids, times. */
  readonly address?: ((items: Items) => { readonly items: Items; readonly ids?: readonly string[] | undefined; readonly forMs?: number | undefined }) | undefined
  /** Whether a lane that has nothing left may end: not while its failures shut a barrier. */
  readonly mayEnd: () => boolean
  readonly onCommitted: () => void
  readonly onError: (error: unknown) => void
}

/** Appends and progress made by other means than work: a redrive. */
export interface Injection {
  /** Encoded anew at each call. */
  readonly appends: () => Commit['appends']
  readonly progress: readonly Progress[]
  readonly state: readonly StateChange[]
  readonly counters: Counters
}

/** What is finished commits within this time. */
const commitWithinMs = 100
export const diskFullRetryMs = 1_000

/** A commit that can be made again: buffers are given away when it is sent. */
interface PendingCommit {
  readonly build: () => Commit
  readonly counters: Counters
  readonly after?: (() => void) | undefined
}

export class StageRunner {
  readonly plan: StagePlan
  readonly #options: StageRunnerOptions
  readonly #dirty = new Set<Flight>()
  /** Boarded and not done: taken from their feed, at work or waiting for a slot, a limit or the end of a pause. */
  readonly #open = new Set<Flight>()
  readonly #counters: Counters
  readonly #endedLanes: Set<number>
  #feeds: readonly Feed[] = []
  #processor!: Processor
  readonly #held: Map<string, RetryState>
  readonly #heldChanges = new Map<string, string | null>()
  readonly #injections: (Injection & { readonly resolve: () => void })[] = []
  #isCommitting = false
  #hasTimer = false
  #isStopping = false
  #isClosed = false
  #isFinishing = false
  #isFinished = false

  constructor(options: StageRunnerOptions) {
    this.plan = options.stage
    this.#options = options
    this.#counters = options.counters
    this.#endedLanes = new Set(options.endedLanes)
    this.#held = new Map(options.held)
  }

  attach(feeds: readonly Feed[], processor: Processor): void {
    this.#feeds = feeds
    this.#processor = processor
  }

  get counters(): Readonly<Counters> {
    return this.#counters
  }

  get inFlight(): number {
    return this.#processor.inFlight
  }

  get isEnded(): boolean {
    return this.#endedLanes.size === this.plan.lanes
  }

  /** Nothing at work, nothing to be read or committed: only others can make it go on. */
  get isIdle(): boolean {
    return !this.#isCommitting && !this.#isFinishing && this.#dirty.size === 0 && this.#open.size === 0 && this.#processor.inFlight === 0 && this.#feeds.every(feed => !feed.isBusy)
  }

  /** Whether it has nothing left to do and only a barrier's failures keep it from ending. */
  get isWithheld(): boolean {
    return !this.isEnded && this.isIdle && this.#feeds.every(feed => feed.isEnded) && !this.#options.mayEnd()
  }

  /** Whether nothing goes on by itself: what is left is paused, behind a gate, held back by readers, or waits for others. */
  isStuck(mayRun: readonly boolean[]): boolean {
    const isResting = !this.#isCommitting && !this.#isFinishing && this.#dirty.size === 0 && this.#injections.length === 0 && this.#processor.inFlight === 0
    if (!isResting || [...this.#open].some(({ origin }) => mayRun[origin.lane])) return false
    return this.#feeds.every(feed => !feed.isBusy || !mayRun[feed.lane])
  }

  /** Commits something of others' with this stage's own. Resolves when it is durable. */
  inject(injection: Injection): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#injections.push({ ...injection, resolve })
    this.#commitIfReady()
    return promise
  }

  pump(): void {
    if (this.#isStopping) return
    for (const feed of this.#feeds) feed.fill()
    this.#processor.pump()
    this.#commitIfReady()
    this.#endIfDone()
  }

  /** A flight was made: items that operators dropped or refused are finished already. */
  boarded(flight: Flight): void {
    if (!flight.isDone) this.#open.add(flight)
    if (flight.hasHarvest) this.#dirty.add(flight)
  }

  settle(flight: Flight, unit: number, result: unknown): void {
    if (this.#isClosed) return
    flight.settle(unit, result)
    this.#release(flight, unit)
    this.#finished(flight)
  }

  fail(flight: Flight, unit: number, error: unknown): void {
    if (this.#isClosed) return
    flight.fail(unit, this.#options.refuse(error, this.retryOf(flight, unit)))
    this.#release(flight, unit)
    this.#finished(flight)
  }

  /** An attempt failed that is retried in place: gives what is kept of it, or nothing if it is given up on. */
  hold(flight: Flight, unit: number, error: unknown): RetryState | undefined {
    const state = this.#options.refuse(error, this.retryOf(flight, unit))
    if (this.#isClosed || state.reason) return undefined
    const key = holdKey(flight, unit)
    this.#held.set(key, state)
    this.#heldChanges.set(key, JSON.stringify(state))
    if (!this.#hasTimer && !this.#isCommitting) this.#commitLater()
    return state
  }

  retryOf(flight: Flight, unit: number): RetryState | undefined {
    return flight.retryOf(unit) ?? (this.#held.size > 0 ? this.#held.get(holdKey(flight, unit)) : undefined)
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Starts nothing more; what is at work may finish. */
  stop(): void {
    this.#isStopping = true
  }

  /** Commits what is finished, and waits for it. */
  async flush(): Promise<void> {
    while (this.#isCommitting || this.#hasChanges) {
      if (!this.#isCommitting) this.#commit()
      await new Promise<void>(resolve => this.#options.environment.clock.after(1, resolve))
    }
  }

  close(): Promise<void> {
    this.#isStopping = this.#isClosed = true
    return this.#processor.close()
  }

  #finished(flight: Flight): void {
    if (flight.isDone) this.#open.delete(flight)
    if (!flight.hasHarvest) return
    this.#dirty.add(flight)
    if (flight.isDone) this.#commitIfReady()
    else if (!this.#hasTimer && !this.#isCommitting) this.#commitLater()
  }

  get #hasChanges(): boolean {
    return this.#dirty.size > 0 || this.#heldChanges.size > 0
  }

  /** It is done with, so what was kept of its attempts goes. */
  #release(flight: Flight, unit: number): void {
    if (this.#held.size > 0 && this.#held.delete(holdKey(flight, unit))) this.#heldChanges.set(holdKey(flight, unit), null)
  }

  #heldState(): readonly StateChange[] {
    const store = this.#options.names.store(heldStore(this.plan.name))
    const changes = [...this.#heldChanges].map(([key, value]) => ({ store, key, value }))
    this.#heldChanges.clear()
    return changes
  }

  #commitLater(): void {
    this.#hasTimer = true
    this.#options.environment.clock.after(commitWithinMs, () => {
      this.#hasTimer = false
      if (this.#hasChanges && !this.#isCommitting) this.#commit()
    })
  }

  #commitIfReady(): void {
    if (this.#isCommitting) return
    const injection = this.#injections.shift()
    if (injection) return this.#commitInjection(injection)
    if (!this.#hasChanges) return
    for (const flight of this.#dirty) if (flight.isDone) return this.#commit()
    if (!this.#hasTimer) this.#commitLater()
  }

  #commit(): void {
    const harvests = [...this.#dirty].map(flight => flight.harvest())
    this.#dirty.clear()
    this.#send(this.#prepare(harvests))
  }

  #commitInjection({ appends, progress, state, counters, resolve }: Injection & { readonly resolve: () => void }): void {
    const { epoch } = this.#options
    this.#send({ counters, after: resolve, build: () => ({ epoch, appends: appends(), progress, state: [...state, this.#countersState(counters)] }) })
  }

  #send(pending: PendingCommit): void {
    this.#isCommitting = true
    const { log, clock } = this.#options.environment
    log.commit(pending.build()).then(
      appended => this.#committed(pending, appended),
      error => {
        if (error instanceof LogError && error.code === 'DISK_FULL') {
          this.#options.onError(error)
          clock.after(diskFullRetryMs, () => this.#send(pending))
        } else {
          this.#isCommitting = false
          this.#options.onError(error)
        }
      },
    )
  }

  #committed({ counters, after }: PendingCommit, appended: readonly Appended[]): void {
    this.#isCommitting = false
    const duplicates = appended.reduce((sum, each) => sum + each.duplicates.length, 0)
    counters.duplicates += duplicates
    counters.out -= duplicates
    addCounters(this.#counters, counters)
    this.#processor.committed()
    after?.()
    this.#options.onCommitted()
    if (this.#isStopping) return
    // More work is taken in the next turn, after it was seen whether there is room for what comes of it.
    this.#commitIfReady()
    this.#endIfDone()
  }

  #prepare(harvests: readonly Harvest[]): PendingCommit {
    for (const harvest of harvests) harvest.flight.origin.complete(harvest)
    const now = this.#options.environment.clock.now()
    const results = new Map(this.#options.output ? this.#resultsOf(harvests) : [])
    const extra = this.#processor.extraResults()
    if (extra.length > 0) results.set(0, [...(results.get(0) ?? []), ...extra])
    const retries = retriesOf(harvests, now)
    const dead = deadLettersOf(harvests)
    const counters = countersOf(harvests, results, retries, dead)
    const changes = this.#feeds.map(feed => feed.changes())
    const progress = changes.flatMap(change => change.progress)
    const state = [...changes.flatMap(change => change.state), ...this.#processor.changes(), ...this.#heldState(), this.#countersState(counters)]
    const outcome = harvests.length > 0 ? [outcomeOf(this.plan.name, harvests)] : []
    const build = () => this.#build(results, retries, dead, outcome, progress, state)
    return { build, counters }
  }

  #resultsOf(harvests: readonly Harvest[]): ReadonlyMap<number, readonly Items[]> {
    const { stage, output } = this.#options
    return resultsOf(harvests, stage.name, stage.partitioning, output!.levels, stage.kind !== 'relay')
  }

  #build(
    results: ReadonlyMap<number, readonly Items[]>, retries: ReadonlyMap<number, readonly Items[]>, dead: ReadonlyMap<number, readonly Items[]>,
    outcome: readonly Items[], progress: readonly Progress[], state: readonly StateChange[],
  ): Commit {
    const { names, stage, epoch, output } = this.#options
    const appends = [
      ...(output ? this.#appendsOf(names.topic(output.name), results, true) : []),
      ...this.#appendsOf(names.topic(retryTopic(stage.name)), retries),
      ...this.#appendsOf(names.topic(deadLetterTopic(stage.name)), dead),
      ...outcome.map(items => ({ topic: names.topic(outcomesTopic), partition: 0, chunk: encodeItems(items) })),
    ]
    return { epoch, appends, progress, state }
  }

  #appendsOf(topic: string, places: ReadonlyMap<number, readonly Items[]>, isOutput = false): Commit['appends'] {
    return [...places].flatMap(([partition, parts]) =>
      chunked(parts).map(part => {
        const addressed = isOutput ? this.#options.address?.(part) : undefined
        const items = addressed?.items ?? part
        const unique = addressed?.ids ? { ids: addressed.ids, forMs: addressed.forMs! } : undefined
        return { topic, partition, chunk: encodeItems(withoutNeedlessColumns(items)), unique }
      }),
    )
  }

  #countersState(delta: Counters): StateChange {
    const sum = { ...this.#counters }
    addCounters(sum, delta)
    return { store: this.#options.names.store('counters'), key: this.plan.name, value: JSON.stringify(sum) }
  }

  #endIfDone(): void {
    if (this.#isFinishing || this.isEnded || !this.isIdle) return
    const ready = this.#lanes().filter(lane => !this.#endedLanes.has(lane) && this.#feeds.every(feed => feed.lane !== lane || feed.isEnded))
    if (ready.length === 0 || !this.#options.mayEnd()) return
    if (this.#isFinished || this.#endedLanes.size + ready.length < this.plan.lanes) return this.#end(ready)
    this.#isFinishing = true
    this.#processor.finish().then(last => this.#finishing(last)).catch(this.#options.onError)
  }

  #finishing(last: Awaited<ReturnType<Processor['finish']>>): void {
    this.#isFinishing = false
    if (!last) {
      this.#isFinished = true
      return this.#endIfDone()
    }
    const results = new Map([[0, last.results]])
    const counters = { ...noCounters(), out: last.results.reduce((sum, { values }) => sum + values.length, 0) }
    const state = [...last.state, this.#countersState(counters)]
    this.#send({ build: () => this.#build(results, new Map(), new Map(), [], [], state), counters })
  }

  #end(lanes: readonly number[]): void {
    const { names, stage, epoch, round } = this.#options
    const changes = this.#feeds.map(feed => feed.changes())
    const state = [
      ...changes.flatMap(change => change.state),
      ...lanes.map(lane => ({ store: names.store('ends'), key: `${stage.name}/${lane}`, value: String(round) })),
      this.#countersState(noCounters()),
    ]
    const build = () => ({ epoch, progress: changes.flatMap(change => change.progress), state, appends: lanes.flatMap(lane => this.#endRecords(lane)) })
    this.#send({ build, counters: noCounters(), after: () => lanes.forEach(lane => this.#endedLanes.add(lane)) })
  }

  #endRecords(lane: number): Commit['appends'] {
    const { names, stage, round, output } = this.#options
    const record = { producer: `${stage.name}/${lane}`, round }
    const to = (topic: string, partitions: number) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition, chunk: encodeEnd(record) }))
    return [
      ...(output && !output.isShared ? to(names.topic(output.name), partitionsOf(output)) : []),
      ...to(names.topic(deadLetterTopic(stage.name)), stage.lanes),
    ]
  }

  #lanes(): readonly number[] {
    return Array.from({ length: this.plan.lanes }, (_, lane) => lane)
  }
}

/** Where attempts of items retried in place are kept. */
export const heldStore = (stage: string) => `${stage}/held`

function holdKey(flight: Flight, unit: number): string {
  return `${flight.origin.partition}:${flight.offsetOf(unit)}:${flight.units.ordinals?.[unit] ?? 0}`
}

function countersOf(
  harvests: readonly Harvest[], results: ReadonlyMap<number, readonly Items[]>, retries: ReadonlyMap<number, readonly Items[]>, dead: ReadonlyMap<number, readonly Items[]>,
): Counters {
  const counters = noCounters()
  const sizeOf = (places: ReadonlyMap<number, readonly Items[]>) => [...places.values()].flat().reduce((sum, { values }) => sum + values.length, 0)
  counters.out = sizeOf(results)
  counters.retried = sizeOf(retries)
  counters.failed = sizeOf(dead)
  for (const { flight, units, itemCount } of harvests) {
    counters.done += units.length - units.reduce((failures, unit) => failures + (flight.failures.has(unit) ? 1 : 0), 0)
    if (flight.origin.input === undefined) continue
    counters.in += itemCount
    counters.units += units.length
    if (flight.units.parents) counters.dropped += itemCount - new Set(units.map(unit => flight.itemOf(unit))).size
  }
  return counters
}

/** Ids and origins that follow from the item's place, or from each other, are not stored. */
function withoutNeedlessColumns(items: Items): Items {
  return items.origins === items.ids ? { ...items, origins: undefined } : items
}


// Runs one stage, or some of its lanes: feeds in, a processor in the middle, one commit at a time out.
import type { Timer } from '../clock.ts'
import type { Appended } from '../log.ts'
import type { RetryState } from '../model/item.ts'
import type { StagePlan } from '../plan/plan.ts'
import { isOnePlace } from './collect.ts'
import { CommitComposer, type PendingCommit } from './commit-composer.ts'
import { textOf, type CommitPlace } from './commit-parts.ts'
import { addCounters, type Counters } from './counts.ts'
import type { Environment } from './environment.ts'
import type { Feed } from './feed.ts'
import type { Flight } from './flight.ts'
import { HeldAttempts, heldStore } from './held-attempts.ts'
import { commitAsOwner } from './ownership.ts'
import type { Processor } from './processor.ts'
import type { Steering } from './steering.ts'

export interface StageRunnerOptions extends CommitPlace {
  readonly lanes: readonly number[]
  readonly round: () => number
  readonly environment: Environment
  /** Of the moment: where several processes take part, it changes when they come and go. */
  readonly epoch: () => number
  readonly counters: Counters
  readonly endedLanes: ReadonlySet<number>
  /** Attempts of items that are retried in place, from before a restart. */
  readonly held: ReadonlyMap<string, RetryState>
  readonly refuse: (error: unknown, before: RetryState | undefined) => RetryState
  /** Whether a lane that has nothing left may end: not while its failures shut a barrier. */
  readonly mayEnd: () => boolean
  readonly onCommitted: () => void
  readonly onError: (error: unknown) => void
}

/** What is finished commits within this time. */
const commitWithinMs = 100

export class StageRunner {
  readonly plan: StagePlan
  /** Those of the stage's lanes that it runs. */
  readonly lanes: readonly number[]
  readonly #options: StageRunnerOptions
  readonly #dirty = new Set<Flight>()
  /** Is in `dirty`: most items finish in the flight of the item before. */
  #lastDirty: Flight | undefined
  /** Boarded and not done: taken from their feed, at work or waiting for a slot, a limit or the end of a pause. */
  readonly #open = new Set<Flight>()
  /** Whether all results of a flight go to one place, as they are. */
  readonly #keepsText: boolean
  readonly #counters: Counters
  readonly #endedLanes: Set<number>
  #feeds: readonly Feed[] = []
  #processor!: Processor
  #composer!: CommitComposer
  #steerings: readonly Steering[] = []
  readonly #held: HeldAttempts
  #isCommitting = false
  /** A commit failed. What it held counts as done here and is not durable: the next would make that so, and lose it. */
  #failure: { readonly error: unknown } | undefined
  /** Something is being settled that belongs into one commit. */
  #isSettling = false
  #timer: Timer | undefined
  #uncommittedFailures = 0
  #isStopping = false
  #isClosed = false
  #isFinishing = false
  #isFinished = false
  /** The last results of a round wait for a commit that was begun meanwhile: of two at once the later would not know what the earlier counts. */
  #afterCommit: (() => void) | undefined

  constructor(options: StageRunnerOptions) {
    this.plan = options.stage
    this.lanes = options.lanes
    this.#options = options
    this.#keepsText = options.output !== undefined && !options.address && isOnePlace(options.stage.partitioning, options.output.levels)
    this.#counters = options.counters
    this.#endedLanes = new Set(options.endedLanes)
    this.#held = new HeldAttempts(options.names.store(heldStore(options.stage.name)), options.held)
  }

  attach(feeds: readonly Feed[], processor: Processor, steerings: readonly Steering[] = []): void {
    this.#feeds = feeds
    this.#processor = processor
    this.#steerings = steerings
    const { environment, refuse } = this.#options
    this.#composer = new CommitComposer({
      place: this.#options, now: () => environment.clock.now(), counters: this.#counters, feeds, processor, steerings, held: this.#held, firstTurn: this.lanes[0] ?? 0,
      refuse: (flight, unit, error) => {
        this.#uncommittedFailures++
        return refuse(error, this.retryOf(flight, unit))
      },
    })
  }

  get counters(): Readonly<Counters> {
    return this.#counters
  }

  /** Given up on, committed or not: what a tolerance is held against. */
  get failed(): number {
    return this.#counters.failed + this.#uncommittedFailures
  }

  get inFlight(): number {
    return this.#processor.inFlight
  }

  get isEnded(): boolean {
    return this.#endedLanes.size === this.lanes.length
  }

  /** Nothing at work, nothing to be read or committed: only others can make it go on. */
  get isIdle(): boolean {
    return !this.#isCommitting && !this.#isFinishing && this.#dirty.size === 0 && this.#open.size === 0 && this.#processor.inFlight === 0 && this.#feeds.every(feed => !feed.isBusy)
  }

  /** Whether nothing goes on by itself: what is left is paused, behind a gate, held back by readers, or waits for others. */
  isStuck(mayRun: readonly boolean[]): boolean {
    const isResting = !this.#isCommitting && !this.#isFinishing && this.#dirty.size === 0 && this.#processor.inFlight === 0
    if (!isResting || (!this.#processor.waitsForMore && [...this.#open].some(({ origin }) => mayRun[origin.lane]))) return false
    return this.#feeds.every(feed => !feed.isBusy || !mayRun[feed.lane])
  }

  pump(): void {
    if (this.#isStopping) return
    for (const feed of this.#feeds) feed.fill()
    this.#processor.pump()
    for (const steering of this.#steerings) steering.pump()
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
    this.#succeeded(flight, unit)
    this.#finished(flight)
  }

  /** All units of a flight of which nothing became yet. Without `results` each passes on its input. */
  settleAll(flight: Flight, results?: readonly unknown[]): void {
    if (this.#isClosed) return
    flight.settleAll(results)
    if (this.#steerings.length > 0 || !this.#held.isEmpty) for (let unit = 0; unit < flight.unitCount; unit++) this.#succeeded(flight, unit)
    this.#finished(flight)
  }

  fail(flight: Flight, unit: number, error: unknown): void {
    if (this.#isClosed) return
    const before = this.retryOf(flight, unit)
    const state = this.#steerings.reduce((after, steering) => steering.failed(flight, unit, error, before, after), this.#options.refuse(error, before))
    if (state.reason) this.#uncommittedFailures++
    flight.fail(unit, state)
    this.#held.forget(flight, unit)
    this.#finished(flight)
  }

  /** Gives a unit that was not started to another lane. */
  move(flight: Flight, unit: number, state: RetryState): void {
    if (this.#isClosed) return
    flight.move(unit, state)
    this.#finished(flight)
  }

  /** An attempt failed that is retried in place: gives what is kept of it, or nothing if it is given up on. */
  hold(flight: Flight, unit: number, error: unknown): RetryState | undefined {
    const state = this.#options.refuse(error, this.retryOf(flight, unit))
    if (this.#isClosed || state.reason) return undefined
    this.#held.keep(flight, unit, state)
    if (!this.#timer && !this.#isCommitting) this.#commitLater()
    return state
  }

  inOneCommit(settle: () => void): void {
    this.#isSettling = true
    settle()
    this.#isSettling = false
    this.#commitIfReady()
  }

  /** Commits what there is, without waiting for more of it. */
  commitNow(): void {
    if (!this.#isCommitting && !this.#isClosed && this.#hasChanges) this.#commit()
  }

  /** Whether nothing will come any more in this round. */
  get isInputOver(): boolean {
    return this.#feeds.every(feed => feed.isEnded)
  }

  retryOf(flight: Flight, unit: number): RetryState | undefined {
    // What is kept of attempts in place is newer than what the item came with: one that was sent back came with none.
    return this.#held.get(flight, unit) ?? flight.retryOf(unit)
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** A person lets the stage go on. */
  resumed(): void {
    for (const steering of this.#steerings) steering.resumed()
  }

  /** Whether nothing of a lane is left, or will come. */
  isLaneDone(lane: number): boolean {
    return this.#feeds.every(feed => feed.lane !== lane || feed.isEnded) && ![...this.#open].some(({ origin }) => origin.lane === lane)
  }

  /** Another round: it ends once more. */
  reopen(): void {
    this.#endedLanes.clear()
    this.#isFinished = false
  }

  /** Starts nothing more. Resolves when what is at work has finished, or has had so long to. Nobody waits for what would be tried again. */
  async drain(graceMs: number): Promise<void> {
    const { clock } = this.#options.environment
    const until = clock.monotonic() + graceMs
    this.#isStopping = true
    while (!this.#isClosed && this.inFlight > (this.#processor.waiting ?? 0) && clock.monotonic() < until) await new Promise<void>(resolve => clock.after(5, resolve))
  }

  /** Between two commits of its own: no end of it is under way meanwhile. */
  async betweenCommits<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#isCommitting) await new Promise<void>(resolve => this.#options.environment.clock.after(1, resolve))
    this.#isCommitting = true
    try {
      return await work()
    } finally {
      this.#isCommitting = false
      this.#goOnFinishing()
      this.#options.onCommitted()
    }
  }

  /** Commits what is finished, and waits for it. */
  async flush(): Promise<void> {
    while (this.#isCommitting || this.#hasChanges) {
      if (this.#failure) throw this.#failure.error
      if (!this.#isCommitting) this.#commit()
      await new Promise<void>(resolve => this.#options.environment.clock.after(1, resolve))
    }
  }

  close(): Promise<void> {
    this.#isStopping = this.#isClosed = true
    this.#cancelTimer()
    for (const steering of this.#steerings) steering.close()
    return this.#processor.close()
  }

  #succeeded(flight: Flight, unit: number): void {
    for (const steering of this.#steerings) steering.succeeded(flight, unit)
    this.#held.forget(flight, unit)
  }

  #finished(flight: Flight): void {
    if (flight.isDone) this.#done(flight)
    if (!flight.hasHarvest) return
    if (flight !== this.#lastDirty) this.#dirty.add((this.#lastDirty = flight))
    if (flight.isDone) this.#commitIfReady()
    else if (!this.#timer && !this.#isCommitting) this.#commitLater()
  }

  /**
   * Until its commit a flight that passes nothing on is kept for its ids alone, another with the text of its results: values would be most of what the
   * collector copies. Not where others may have them: a sink its chunk, and retries of a chunk each other's.
   */
  #done(flight: Flight): void {
    this.#open.delete(flight)
    const isAlone = this.plan.kind === 'work' && flight.origin.input !== undefined
    if (!isAlone || flight.failures.size > 0) return
    const { output } = this.#options
    if (!output) flight.units.forgetValues?.()
    else if (this.#keepsText) flight.keepText(results => textOf(results, output))
  }

  get #hasChanges(): boolean {
    return this.#dirty.size > 0 || this.#held.hasChanges || this.#processor.hasChanges === true || this.#steerings.some(steering => steering.hasChanges)
  }

  #cancelTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #commitLater(): void {
    this.#timer = this.#options.environment.clock.after(commitWithinMs, () => {
      this.#timer = undefined
      if (this.#hasChanges && !this.#isCommitting) this.#commit()
    })
  }

  #commitIfReady(): void {
    if (this.#isCommitting || this.#isSettling) return
    if (!this.#hasChanges) return
    for (const flight of this.#dirty) if (flight.isDone) return this.#commit()
    if (!this.#timer) this.#commitLater()
  }

  #commit(): void {
    this.#cancelTimer()
    // In the order of the input, not of the first to finish: items of a key may be in several flights.
    const inOrder = [...this.#dirty].toSorted((a, b) => a.origin.partition - b.origin.partition || a.offset - b.offset)
    const harvests = inOrder.map(flight => flight.harvest())
    this.#dirty.clear()
    this.#lastDirty = undefined
    this.#send(this.#composer.ofFinished(harvests))
  }

  #send(pending: PendingCommit): void {
    if (this.#failure) return
    this.#isCommitting = true
    const { environment: { log }, epoch } = this.#options
    commitAsOwner(log, epoch, pending.commit).then(appended => this.#committed(pending, appended), error => this.#refused(error))
  }

  #refused(error: unknown): void {
    this.#isCommitting = false
    this.#failure = { error }
    this.#options.onError(error)
  }

  #committed({ counters, after }: PendingCommit, appended: readonly Appended[]): void {
    this.#isCommitting = false
    const duplicates = appended.reduce((sum, each) => sum + each.duplicates.length, 0)
    counters.duplicates += duplicates
    counters.out -= duplicates
    addCounters(this.#counters, counters)
    this.#uncommittedFailures = Math.max(0, this.#uncommittedFailures - Math.max(0, counters.failed))
    this.#processor.committed()
    after?.()
    this.#goOnFinishing()
    this.#options.onCommitted()
    if (this.#isStopping) return
    // More work is taken in the next turn, after it was seen whether there is room for what comes of it.
    this.#commitIfReady()
    this.#endIfDone()
  }

  #endIfDone(): void {
    if (this.#isFinishing || this.isEnded || !this.isIdle) return
    const ready = this.lanes.filter(lane => !this.#endedLanes.has(lane) && this.#feeds.every(feed => feed.lane !== lane || feed.isEnded))
    if (ready.length === 0 || !this.#options.mayEnd()) return
    if (this.#isFinished || this.#endedLanes.size + ready.length < this.lanes.length) return this.#end(ready)
    this.#isFinishing = true
    const round = this.#options.round()
    this.#processor.finish().then(last => this.#finishing(last, round)).catch(this.#options.onError)
  }

  #goOnFinishing(): void {
    const finish = this.#afterCommit
    this.#afterCommit = undefined
    if (!this.#isClosed) finish?.()
  }

  #finishing(last: Awaited<ReturnType<Processor['finish']>>, round: number): void {
    if (this.#isCommitting) return void (this.#afterCommit = () => this.#finishing(last, round))
    this.#isFinishing = false
    if (!last) {
      // What it was reopened for meanwhile is not among it.
      this.#isFinished = round === this.#options.round()
      return this.#endIfDone()
    }
    this.#send(this.#composer.ofLast(last))
  }

  #end(lanes: readonly number[]): void {
    const round = this.#options.round()
    this.#send({ ...this.#composer.ofEnds(lanes, round), after: () => this.#noteEnds(lanes, round) })
  }

  /** Unless it was reopened meanwhile. */
  #noteEnds(lanes: readonly number[], round: number): void {
    if (round === this.#options.round()) for (const lane of lanes) this.#endedLanes.add(lane)
  }
}

// Runs one stage, or some of its lanes: feeds in, a processor in the middle, one commit at a time out.
import type { Appended } from '../log.ts'
import type { RetryState } from '../model/item.ts'
import type { StagePlan } from '../plan/plan.ts'
import { CommitComposer, type PendingCommit } from './commit-composer.ts'
import { textOf, type CommitPlace } from './commit-parts.ts'
import { addCounters, type Counters } from './counts.ts'
import type { Environment } from './environment.ts'
import type { Feed } from './feed.ts'
import type { Flight } from './flight.ts'
import { HeldAttempts, heldStore } from './held-attempts.ts'
import { LaneEnds } from './lane-ends.ts'
import { commitAsOwner } from './ownership.ts'
import { isPlacedUnseen } from './placement.ts'
import type { Processor } from './processor.ts'
import { StageCommits } from './stage-commits.ts'
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
  readonly #counters: Counters
  readonly #commits: StageCommits
  readonly #ends: LaneEnds
  #feeds: readonly Feed[] = []
  #processor!: Processor
  #composer!: CommitComposer
  #steerings: readonly Steering[] = []
  readonly #held: HeldAttempts
  /** Something is being settled that belongs into one commit. */
  #isSettling = false
  #uncommittedFailures = 0
  #isStopping = false
  #isClosed = false

  constructor(options: StageRunnerOptions) {
    this.plan = options.stage
    this.lanes = options.lanes
    this.#options = options
    this.#counters = options.counters
    this.#held = new HeldAttempts(options.names.store(heldStore(options.stage.name)), options.held)
    const { environment: { clock, log }, epoch, lanes, round, mayEnd, onError } = options
    this.#commits = new StageCommits({
      clock, send: commit => commitAsOwner(log, epoch, commit), hasChanges: () => this.#hasChanges, compose: () => this.#compose(),
      committed: (pending, appended) => this.#committed(pending, appended), freed: () => this.#freed(), onError,
    })
    this.#ends = new LaneEnds({
      lanes, ended: options.endedLanes, round, mayEnd, commits: this.#commits, isIdle: () => this.isIdle, isOver: lane => this.#feeds.every(feed => feed.lane !== lane || feed.isEnded),
      lastResults: () => this.#processor.finish(), ofEnds: (ending, ended) => this.#composer.ofEnds(ending, ended), ofLast: last => this.#composer.ofLast(last), onError,
    })
  }

  attach(feeds: readonly Feed[], processor: Processor, steerings: readonly Steering[] = []): void {
    this.#feeds = feeds
    this.#processor = processor
    this.#steerings = steerings
    const { environment, refuse } = this.#options
    this.#composer = new CommitComposer({
      place: this.#options, now: () => environment.clock.now(), counters: this.#counters, feeds, processor, steerings, held: this.#held, firstPart: this.lanes[0] ?? 0,
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
    return this.#ends.areAll
  }

  /** Nothing at work, nothing to be read or committed: only others can make it go on. */
  get isIdle(): boolean {
    return this.#isQuiet && this.#open.size === 0 && this.#feeds.every(feed => !feed.isBusy)
  }

  /** Whether nothing goes on by itself: what is left is paused, behind a gate, held back by readers, or waits for others. */
  isStuck(mayRun: readonly boolean[]): boolean {
    if (!this.#isQuiet || (!this.#processor.waitsForMore && [...this.#open].some(({ origin }) => mayRun[origin.lane]))) return false
    return this.#feeds.every(feed => !feed.isBusy || !mayRun[feed.lane])
  }

  pump(): void {
    if (this.#isStopping) return
    for (const feed of this.#feeds) feed.fill()
    this.#processor.pump()
    for (const steering of this.#steerings) steering.pump()
    this.#commitIfReady()
    this.#ends.look()
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

  /** All units of a flight that are still open. Without `results` each passes on its input. */
  settleAll(flight: Flight, results?: readonly unknown[]): void {
    if (this.#isClosed) return
    if (this.#steerings.length > 0 || !this.#held.isEmpty) for (let unit = 0; unit < flight.unitCount; unit++) if (flight.isOpen(unit)) this.#succeeded(flight, unit)
    flight.settleAll(results)
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
    this.#commits.soon()
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
    if (!this.#isClosed) this.#commits.now()
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
    this.#ends.reopen()
  }

  /** Starts nothing more. Resolves when what is at work has finished, or has had so long to. Nobody waits for what would be tried again. */
  async drain(graceMs: number): Promise<void> {
    const { clock } = this.#options.environment
    const until = clock.monotonic() + graceMs
    this.#isStopping = true
    while (!this.#isClosed && this.inFlight > (this.#processor.waitingForRetry ?? 0) && clock.monotonic() < until) await new Promise<void>(resolve => clock.after(5, resolve))
  }

  /** Between two commits of its own: no end of it is under way meanwhile. */
  betweenCommits<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#commits.between(work)
  }

  /** Commits what is finished, and waits for it. */
  flush(): Promise<void> {
    return this.#commits.flush()
  }

  close(): Promise<void> {
    this.#isStopping = this.#isClosed = true
    this.#commits.cancel()
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
    else this.#commits.soon()
  }

  /**
   * Until its commit a flight that passes nothing on is kept for its ids alone, another with the text of its results: values would be most of what the
   * collector copies. Not where others may have them: a sink its chunk, and retries of a chunk each other's.
   */
  #done(flight: Flight): void {
    this.#open.delete(flight)
    const isAlone = this.plan.kind === 'work' && flight.origin.input !== undefined
    if (!isAlone || flight.failures.size > 0) return
    const { output, address } = this.#options
    if (!output) flight.units.forgetValues?.()
    else if (!address && isPlacedUnseen(this.plan.partitioning, flight)) flight.keepText(results => textOf(results, output))
  }

  /** Nothing at work or to be committed. */
  get #isQuiet(): boolean {
    return !this.#commits.isUnderWay && !this.#ends.isFinishing && this.#dirty.size === 0 && this.#processor.inFlight === 0
  }

  get #hasChanges(): boolean {
    return this.#dirty.size > 0 || this.#held.hasChanges || this.#processor.hasChanges === true || this.#steerings.some(steering => steering.hasChanges)
  }

  #commitIfReady(): void {
    if (this.#commits.isUnderWay || this.#isSettling || !this.#hasChanges) return
    for (const flight of this.#dirty) if (flight.isDone) return this.#commits.now()
    this.#commits.soon()
  }

  #compose(): PendingCommit {
    // In the order of the input, not of the first to finish: items of a key may be in several flights.
    const inOrder = [...this.#dirty].toSorted((a, b) => a.origin.partition - b.origin.partition || a.offset - b.offset)
    const harvests = inOrder.map(flight => flight.harvest())
    this.#dirty.clear()
    this.#lastDirty = undefined
    return this.#composer.ofFinished(harvests)
  }

  #committed({ counters, after }: PendingCommit, appended: readonly Appended[]): void {
    const duplicates = appended.reduce((sum, each) => sum + each.duplicates.length, 0)
    counters.duplicates += duplicates
    counters.out -= duplicates
    addCounters(this.#counters, counters)
    this.#uncommittedFailures = Math.max(0, this.#uncommittedFailures - Math.max(0, counters.failed))
    this.#processor.committed()
    after?.()
    this.#freed()
    if (this.#isStopping) return
    // More work is taken in the next turn, after it was seen whether there is room for what comes of it.
    this.#commitIfReady()
    this.#ends.look()
  }

  #freed(): void {
    if (!this.#isClosed) this.#commits.goOn()
    this.#options.onCommitted()
  }
}

// Runs a plan, or this process's share of it: makes the stages, wakes what has something to do, and ends when all is done or nothing can go on.
import type { Log, Membership, News, PartitionId } from '../log.ts'
import { BatchworkError, FencedError } from '../model/errors.ts'
import type { Gate, Plan, StagePlan } from '../plan/plan.ts'
import { Backlog } from './backlog.ts'
import { Barriers } from './barriers.ts'
import { commandsTopicSpec } from './commands.ts'
import { isComplete, type RunRecord } from './control.ts'
import type { StageCounts } from './counts.ts'
import type { Environment, Limiters } from './environment.ts'
import { Hunger } from './hunger.ts'
import { Judge } from './judge.ts'
import { Lead } from './lead.ts'
import { namesOf, type RunNames } from './names.ts'
import { notedLog } from './noted-log.ts'
import { OwnSlices } from './own-slices.ts'
import { ownerOf } from './ownership.ts'
import { wholePart, type Part } from './part.ts'
import { Permits } from './permits.ts'
import type { Selection } from './redrive.ts'
import { Resting } from './resting.ts'
import { RunCounts } from './run-counts.ts'
import { RunEnd } from './run-end.ts'
import { barriersStore, countersStore, isRedriven, RunState } from './run-state.ts'
import { topicsToMake } from './run-topics.ts'
import { Share } from './share.ts'
import { SliceMaker } from './slice-maker.ts'
import { ownedTopics, type Slice } from './slices.ts'
import { isStored } from './stage-factory.ts'
import { logOf } from './stage-log.ts'
import type { StageRunner } from './stage-runner.ts'
import { Stages } from './stages.ts'
import { Turns } from './turns.ts'
import { UnattendedNotice } from './unattended-notice.ts'
import type { RunResult } from './verdict.ts'

export interface RunSettings {
  readonly plan: Plan
  /** As it is to be taken up; where several processes take part, as far as none of them has done so yet. */
  readonly run: RunRecord
  readonly environment: Environment
  readonly limiters: Limiters
  /** Waits for more when all is done. */
  readonly isEndless: boolean
  /** Goes on with a run that ended before all was done: what stopped it is redriven. */
  readonly isResumed: boolean
  /** What this process takes of it, where others take the rest. Default: all. */
  readonly part?: Part | undefined
  /** Called at most once for each wake of the event loop. */
  readonly onChange?: (() => void) | undefined
  readonly onTrouble?: ((error: Error) => void) | undefined
}

export type { RunResult }

export class Run {
  readonly names: RunNames
  readonly plan: Plan
  readonly #settings: RunSettings
  readonly #counts: RunCounts
  readonly #log: Log
  readonly #isShared: boolean
  readonly #countersStore: string
  readonly #backlog = new Backlog()
  readonly #state: RunState
  readonly #stages: Stages
  readonly #barriers: Barriers
  readonly #lead: Lead
  readonly #maker: SliceMaker
  readonly #share: Share
  readonly #resting: Resting | undefined
  readonly #hunger: Hunger | undefined
  readonly #permits: Permits
  readonly #judge: Judge
  readonly #unattended: UnattendedNotice
  readonly #own: OwnSlices
  readonly #turns: Turns
  readonly #ending: RunEnd
  readonly #opened = Promise.withResolvers<void>()
  #isLoaded = false
  #membership: Membership | undefined
  #epoch = 0
  #unwatch: () => void = () => {}
  #round: number
  #isJoining = false
  /** Somebody has taken the run up since this process came. */
  #hasSeenOpen = false

  constructor(settings: RunSettings) {
    const { plan, run, environment, limiters, isEndless } = settings
    const { clock } = environment
    this.#settings = settings
    this.plan = plan
    this.#round = run.round
    this.names = namesOf(plan, isEndless ? plan.pipeline : `${plan.pipeline}/${run.number}`)
    this.#isShared = environment.log.parts !== undefined
    this.#countersStore = this.names.store(countersStore)
    this.#state = new RunState(this.names, plan.pipeline, run.number, this.#isShared)
    this.#log = notedLog(environment.log, { clock, committed: (commit, appended) => this.#backlog.appended(commit, appended), changed: state => { if (!this.#isShared) this.#heard({ progress: [], state }) }, onTrouble: error => settings.onTrouble?.(error) })
    this.#stages = new Stages({ plan, state: this.#state, round: () => this.#round, isShared: this.#isShared, part: settings.part ?? wholePart })
    this.#counts = new RunCounts(plan, this.names, this.#stages, this.#backlog)
    this.#turns = new Turns(clock, this.#stages, awake => this.#turn(awake))
    this.#barriers = new Barriers(plan, { store: this.names.store(barriersStore), now: () => clock.now(), countersOf: stage => this.#stages.countersOf(stage), hasEnded: stage => this.#stages.hasEnded(stage) })
    this.#lead = new Lead({
      log: this.#log, clock, plan, names: this.names, state: this.#state, stages: this.#stages, barriers: this.#barriers, epoch: () => this.#epochNow, isEndless,
      self: this.#isShared ? Math.floor(environment.random() * 2 ** 52).toString(36) : undefined,
      wake: () => this.#turns.wakeAll(),
      contextOf: source => ({ signal: this.#ending.signal, log: logOf(environment, source) }),
      onTrouble: error => this.#trouble(error),
    })
    this.#maker = new SliceMaker({ plan, names: this.names, log: this.#log, environment, limiters, state: this.#state, round: () => this.#round, isEndless, progressed: progress => this.#backlog.progressed(progress) })
    this.#permits = new Permits({ plan, names: this.names, state: this.#state, backlog: this.#backlog })
    this.#own = new OwnSlices({
      log: this.#log, names: this.names, stages: this.#stages, maker: this.#maker, isEndless,
      epoch: () => this.#epochNow, startedAt: () => this.record.startedAt, isOver: () => this.#ending.isOver,
      hostOf: (wake, ifOurs) => this.#hostOf(wake, ifOurs), wake: runner => this.#turns.wake(runner), arrived: slice => this.#resting?.taken(slice),
    })
    this.#share = new Share({
      log: this.#log, clock, names: this.names, holdings: this.#stages.holdings, part: settings.part ?? wholePart, onError: error => this.#trouble(error),
      // Also where all that came went again meanwhile: the last turn may have waited for it.
      take: slices => void this.#own.take(slices, this.#opened.promise).then(() => this.#turns.soon(), error => this.#trouble(error)),
      isBusy: slice => this.#stages.isBusy(slice, stage => this.#permits.of(stage)), letGo: (slices, graceMs) => this.#letGo(slices, graceMs), lead: leads => this.#leads(leads),
    })
    if (this.#isShared) this.#hunger = new Hunger({ clock, ask: () => this.#share.balance(), again: () => this.#turns.now() })
    if (this.#isShared) this.#resting = new Resting({ log: this.#log, clock, names: this.names, state: this.#state, epoch: () => this.#epochNow, onTrouble: error => this.#trouble(error) })
    this.#ending = new RunEnd({
      isShared: this.#isShared, stages: this.#stages, lead: this.#lead, maker: this.#maker, epoch: () => this.#epochNow, record: () => this.record, leave: () => this.#leave(),
      isAlone: () => this.#log.membersOf!(this.names.scope).then(members => members <= 1),
    })
    this.#unattended = new UnattendedNotice(environment.onMessage)
    this.#judge = new Judge({
      plan, stages: this.#stages, barriers: this.#barriers, permits: this.#permits, attendance: this.#lead.attendance,
      isStandstill: () => this.#resting?.isLasting ?? true, mayEnd: () => this.#lead.isLeading && !this.#ending.isStopping,
      waitAnew: () => {
        this.#resting?.startAnew()
        this.#turns.soon()
      },
      now: () => clock.monotonic(), end: verdict => this.#ending.because(verdict), onTrouble: error => this.#trouble(error),
    })
    this.#opened.promise.catch(() => {})
  }

  get finished(): Promise<RunResult> {
    return this.#ending.finished
  }

  get record(): RunRecord {
    return this.#state.record ?? this.#settings.run
  }

  get counts(): Readonly<Record<string, StageCounts>> {
    return this.#counts.byStage
  }

  /** Stages that have nothing more to do in this round. */
  get ended(): ReadonlySet<string> {
    return this.#counts.ended
  }

  /** Stages that ended though not all they took is done or failed. There should be none. */
  get unaccounted(): readonly string[] {
    return this.#counts.unaccounted
  }

  /** Whether this process can carry out a redrive of this run itself. */
  get isLeading(): boolean {
    return this.#lead.isLeading
  }

  /** Whether other processes were at it when this one came. */
  get isJoining(): boolean {
    return this.#isJoining
  }

  async start(): Promise<void> {
    try {
      // What fails meanwhile may leave the start waiting for something that never comes.
      await Promise.race([this.#start(), this.finished])
    } catch (error) {
      this.#ending.fail(error)
      await this.finished
    }
  }

  async #start(): Promise<void> {
    const unfollow = this.#log.follow?.(news => this.#heard(news))
    this.#unwatch = () => unfollow?.()
    await this.#log.createTopics([commandsTopicSpec, ...topicsToMake(this.plan, this.names, this.#settings.isEndless), ...(this.#isShared ? ownedTopics(this.#stages.holdings, this.names) : [])])
    return this.#isShared ? this.#takePart() : this.#takeAll()
  }

  /** With others: what this process gets to do is said by the engine, from now on. */
  async #takePart(): Promise<void> {
    await this.#load()
    this.#isJoining = this.#state.record?.isClosed === false && (await this.#log.membersOf!(this.names.scope)) > 0
    this.#watch()
    this.#turns.begin()
    await this.#share.join()
    this.#heard({ progress: [], state: [] }, true)
  }

  async #takeAll(): Promise<void> {
    const topics = [...new Set(this.plan.topics.filter(isStored).map(topic => this.names.topic(topic.name)))]
    const owned = await ownerOf(this.#log, this.names.scope, topics, () => this.#ending.fail(new BatchworkError('REVOKED', 'another process took this run over')))
    this.#membership = owned.membership
    this.#epoch = owned.epoch
    await this.#load()
    await this.#lead.takeUp(this.#settings.run)
    await this.#own.take(this.#stages.slices, Promise.resolve())
    // Before anything is sent back: what comes of it must be heard of, or its stage would end without it.
    this.#watch()
    await this.#lead.begin(this.#settings.isResumed && isStopped(this.#settings.run))
    this.#turns.begin()
    this.#turns.now()
  }

  async #load(): Promise<void> {
    await this.#state.load(this.#log)
    this.#isLoaded = true
    this.#permits.load()
  }

  #watch(): void {
    const [unfollow, unwatch] = [this.#unwatch, this.#log.watch(partition => this.#poke(partition))]
    this.#unwatch = () => {
      unfollow()
      unwatch()
    }
  }

  async #leads(leads: boolean): Promise<void> {
    if (!leads) return this.#lead.handOver()
    if (this.#ending.isOver || !(await this.#lead.appointed())) return
    const stored = this.#state.record
    if (stored?.isClosed && isComplete(stored) && !this.#settings.isEndless) return this.#heard({ progress: [], state: [] }, true)
    const vanished = stored && !stored.isClosed ? stored.vanished + (stored.leader === undefined ? 0 : 1) : 0
    const { stages, once = stored?.once } = this.#settings.run
    if (!(await this.#lead.takeUp({ ...this.#settings.run, ...stored, hash: this.plan.hash, stages, once, vanished }))) return
    await this.#lead.begin(this.#settings.isResumed && stored !== undefined && isStopped(stored))
    this.#turns.wakeAll()
  }

  #letGo(slices: readonly Slice[], graceMs: number): Promise<void> {
    for (const slice of slices) this.#resting?.letGo(slice)
    return this.#own.letGo(slices, graceMs)
  }

  #hostOf(wake: () => void, ifOurs: (then: () => void) => void) {
    return {
      wake,
      signal: this.#ending.signal,
      isOpen: (gate: Gate) => (gate.kind === 'barrier' ? this.#barriers.isOpen(gate.name) : this.#stages.hasEnded(gate.stage)),
      mayRun: (stage: StagePlan) => this.#permits.of(stage),
      hasEnded: (stage: string) => this.#stages.hasEnded(stage),
      mayEnd: (stage: StagePlan) => !this.#settings.isEndless && !this.#barriers.isShutBy(stage.name),
      onCommitted: () => this.#turns.wakeAll(),
      onError: (error: unknown) => ifOurs(() => this.#trouble(error)),
    }
  }

  /** Moves dead letters back to their stages. Resolves when that is durable. */
  redrive(stage: string, selection: Selection = {}): Promise<number> {
    return this.#lead.redrive(stage, selection)
  }

  /** Pauses a stage, or one of its shards; durable. */
  pause(stage: string, shard: string | undefined, isPaused: boolean): Promise<void> {
    return this.#lead.pause(stage, shard, isPaused)
  }

  /** Takes nothing new, lets what is at work finish within the grace time, commits it. */
  async stop(graceMs: number): Promise<RunResult> {
    this.#ending.beginStop()
    await Promise.all(Array.from(this.#stages.runners, runner => runner.drain(graceMs)))
    return this.#ending.end('stopped', ['it was stopped; the same command goes on where it was'])
  }

  /** What was committed, here or elsewhere. */
  #heard({ progress, state }: News, isFirst = false): void {
    for (const each of progress) this.#backlog.progressed(each)
    if ((!this.#state.note(state) && !isFirst) || this.#ending.isOver) return
    for (const barrier of this.#state.openBarriers) this.#barriers.noteOpen(barrier)
    this.#unattended.look(this.#state.unattended)
    const resumed = this.#permits.note(state)
    if (resumed) this.#resumed(resumed)
    // Before all of it was read it is not known what the run has done: whoever takes part looks again then.
    if (this.#isShared && !this.#isLoaded) return
    const { record } = this.#state
    if (record && record.round > this.#round) this.#beginRound(record.round)
    // Else a lane could end without what was sent back to it: of the one it may hear before it hears of the other.
    if (state.some(({ store, key }) => store === this.#countersStore && isRedriven(key))) this.#pokeAll()
    if (record && !record.isClosed) this.#seenOpen()
    else if (record && this.#isShared && this.#isEndOfOthers(record)) return this.#ending.because({ status: record.status, reasons: record.reasons ?? [] })
    if (this.#isShared) this.#turns.wakeAll()
  }

  #seenOpen(): void {
    this.#hasSeenOpen = true
    this.#opened.resolve()
  }

  /** A run that was stopped before this process came is taken up by whoever leads. */
  #isEndOfOthers(record: RunRecord): boolean {
    return isComplete(record) ? !this.#settings.isEndless : this.#hasSeenOpen
  }

  #resumed(stages: ReadonlySet<string>): void {
    this.#resting?.startAnew()
    for (const runner of this.#stages.runners) if (stages.has(runner.plan.name)) runner.resumed()
    this.#turns.wakeAll()
  }

  /** All stages end once more. */
  #beginRound(round: number): void {
    this.#round = round
    for (const runner of this.#stages.runners) runner.reopen()
    this.#pokeAll()
  }

  #pokeAll(): void {
    this.#own.pokeAll()
    this.#turns.wakeAll()
  }

  #turn(awake: readonly StageRunner[]): void {
    if (this.#ending.isOver) return
    for (const runner of awake) {
      this.#permits.renew(runner.plan)
      runner.pump()
    }
    const isStuck = !this.#own.areArriving && !this.#turns.areDue && this.#stages.areOwnStuck(stage => this.#permits.of(stage))
    // Before the run is judged: a rest that only became long enough after that would not be looked at again.
    this.#resting?.look(isStuck ? this.#stages.restingSlices : undefined, () => this.#turns.now())
    if (this.#lead.isLeading) this.#steer()
    this.#hunger?.look(!this.#own.areArriving && this.#stages.isHungry(stage => this.#permits.of(stage)))
    this.#settings.onChange?.()
  }

  /** What the leader sees to. */
  #steer(): void {
    const passed = this.#settings.isEndless ? undefined : this.#judge.passedTolerance
    if (passed) return this.#ending.because(passed)
    this.#lead.openBarriers().then(opened => opened && this.#turns.wakeAll(), error => this.#trouble(error))
    // What is being stopped stands still for that reason alone; whoever stops it ends it.
    if (this.#settings.isEndless || this.#ending.isStopping || this.#turns.areDue || this.#own.areArriving || this.#barriers.isOpening) return
    this.#judge.look()
  }

  #poke(partition: PartitionId): void {
    if (partition.topic === commandsTopicSpec.name) this.#lead.look()
    else this.#own.poke(partition)
  }

  #trouble(error: unknown): void {
    if ((error as { code?: string }).code === 'DISK_FULL') this.#settings.onTrouble?.(error as Error)
    else if (this.#isShared && error instanceof FencedError && !this.#ending.isOver) this.#share.rejoin()
    else this.#ending.fail(error)
  }

  async #leave(): Promise<void> {
    this.#unwatch()
    this.#lead.stop()
    this.#resting?.stop()
    this.#hunger?.stop()
    await Promise.allSettled([...this.#stages.runners].map(runner => runner.close()))
    await this.#share.leave()
    await this.#membership?.leave()
  }

  get #epochNow(): number {
    return this.#isShared ? this.#share.epoch : this.#epoch
  }
}

function isStopped({ isClosed, status }: RunRecord): boolean {
  return isClosed && status === 'stopped'
}

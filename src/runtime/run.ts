// Runs a plan: makes its topics and stages, wakes what has something to do, opens barriers, and sees when all is done or nothing can go on.
import type { Log, Membership, PartitionId, StateChange } from '../log.ts'
import { BatchworkError } from '../model/errors.ts'
import type { RetryState } from '../model/item.ts'
import type { Gate, Plan, StagePlan } from '../plan/plan.ts'
import { Backlog } from './backlog.ts'
import { Barriers } from './barriers.ts'
import { CommandInbox, commandsTopicSpec, type Command } from './commands.ts'
import { pausedIn, pausedStore, rolloutsStore, runChange, shardsStore, type RunRecord, type RunStatus } from './control.ts'
import { duplicatesStore, noCounters, restoredCounters, totalOf, type StageCounts } from './counts.ts'
import type { Environment, Limiters } from './environment.ts'
import { heldStore } from './held-attempts.ts'
import type { MapReducer } from '../map-reducer.ts'
import { mapReducerOf } from './map-reduce-choice.ts'
import { namesOf, retryTopic, subscriptionOf, type RunNames } from './names.ts'
import { notedLog } from './noted-log.ts'
import type { PartitionReader } from './partition-reader.ts'
import { ownerOf, type Place } from './ownership.ts'
import { endsOfSharedTopics, firstPositions } from './positions.ts'
import { redriveOf, type Selection } from './redrive.ts'
import { retainedIn, Retention } from './retention.ts'
import { topicsToMake } from './run-topics.ts'
import { listSplits, type Listing } from './splits.ts'
import { isStored, makeStage, type StageMaking } from './stage-factory.ts'
import type { StageRunner } from './stage-runner.ts'
import { allEntries } from './state.ts'
import { passedTolerance } from './tolerance.ts'

export interface RunSettings {
  readonly plan: Plan
  readonly run: RunRecord
  readonly environment: Environment
  readonly limiters: Limiters
  /** Waits for more when all is done. */
  readonly isEndless: boolean
  /** Goes on with a run that ended before all was done: what stopped it is redriven. */
  readonly isResumed: boolean
  /** Called at most once for each wake of the event loop. */
  readonly onChange?: (() => void) | undefined
  readonly onTrouble?: ((error: Error) => void) | undefined
}

export interface RunResult {
  readonly status: RunStatus
  /** Why it stopped, for people. */
  readonly reasons: readonly string[]
}

export class Run {
  readonly names: RunNames
  readonly plan: Plan
  readonly record: RunRecord
  readonly finished: Promise<RunResult>
  readonly #settings: RunSettings
  readonly #log: Log
  readonly #abort = new AbortController()
  readonly #readers = new Map<string, PartitionReader[]>()
  readonly #barriers: Barriers
  readonly #awake = new Set<string>()
  /** By stage and lane: whether it may take more. */
  readonly #mayRun = new Map<string, boolean[]>()
  readonly #finish = Promise.withResolvers<RunResult>()
  readonly #commands: CommandInbox
  readonly #mapReducers: MapReducer[] = []
  #stages: readonly StageRunner[] = []
  #backlog: Backlog | undefined
  #retention: Retention | undefined
  #paused: ReadonlySet<string> = new Set()
  #membership: Membership | undefined
  #unwatch: (() => void) | undefined
  #redriving: Promise<void> = Promise.resolve()
  #epoch = 0
  #round: number
  /** Until all is listed and loaded, what is woken waits: with nothing to do yet, a turn would find that nothing can go on. */
  #isStarted = false
  #isTurning = false
  #isOver = false

  constructor(settings: RunSettings) {
    this.#settings = settings
    this.plan = settings.plan
    this.record = settings.run
    this.#round = settings.run.round
    this.names = namesOf(settings.plan, settings.isEndless ? settings.plan.pipeline : `${settings.plan.pipeline}/${settings.run.number}`)
    this.#log = notedLog(settings.environment.log, { clock: settings.environment.clock, backlog: () => this.#backlog, onTrouble: error => settings.onTrouble?.(error) })
    this.#commands = new CommandInbox(this.#log)
    this.#barriers = new Barriers(settings.plan, { store: this.names.store('barriers'), now: () => settings.environment.clock.now(), countersOf: stage => this.#runner(stage).counters, hasEnded: stage => this.#runner(stage).isEnded })
    this.finished = this.#finish.promise
    this.finished.catch(() => {})
  }

  get counts(): Readonly<Record<string, StageCounts>> {
    return Object.fromEntries(this.#stages.map(stage => [stage.plan.name, this.#countsOf(stage)]))
  }

  /** Stages that have nothing more to do in this round. */
  get ended(): ReadonlySet<string> {
    return new Set(this.#stages.filter(stage => stage.isEnded).map(stage => stage.plan.name))
  }

  /** Stages that ended though not all they took is done or failed. There should be none. */
  get unaccounted(): readonly string[] {
    return this.#stages.filter(({ isEnded, counters }) => isEnded && counters.units !== counters.done + counters.failed).map(({ plan }) => plan.name)
  }

  async start(): Promise<void> {
    try {
      // What fails meanwhile may leave the start waiting for something that never comes.
      await Promise.race([this.#start(), this.finished])
    } catch (error) {
      this.#fail(error)
      await this.finished
    }
  }

  async #start(): Promise<void> {
    await this.#log.createTopics([commandsTopicSpec, ...topicsToMake(this.plan, this.names)])
    const topics = [...new Set(this.plan.topics.filter(isStored).map(topic => this.names.topic(topic.name)))]
    const owned = await ownerOf(this.#log, this.names.scope, topics, () => this.#fail(new BatchworkError('REVOKED', 'another process took this run over')))
    this.#membership = owned.membership
    this.#epoch = owned.epoch
    await this.#log.commit({ epoch: this.#epoch, appends: [], progress: [], state: [runChange(this.plan.pipeline, { ...this.record, status: 'running', isClosed: false })] })
    await this.#load()
    // Before anything is sent back: what comes of it must be heard of, or its stage would end without it.
    this.#unwatch = this.#log.watch(partition => this.#poke(partition))
    if (this.#settings.isResumed) await this.#redriveWhatStopped()
    await this.#listSources()
    await this.#commands.start(command => this.#obey(command))
    this.#retention = new Retention(this.#place, this.#settings.environment.clock, retainedIn(this.plan, this.names, this.#settings.isEndless))
    this.#retention.start(error => this.#trouble(error))
    for (const stage of this.#stages) this.#awake.add(stage.plan.name)
    this.#isStarted = true
    this.#turn()
  }

  /** Moves dead letters back to their stages. Resolves when that is durable. */
  redrive(stage: string, selection: Selection = {}): Promise<number> {
    // One after the other: the next must not choose what this one is about to move.
    const redriven = this.#redriving.then(() => this.#redrive(stage, selection))
    this.#redriving = redriven.then(() => {}, () => {})
    return redriven
  }

  async #redrive(stage: string, selection: Selection): Promise<number> {
    const runner = this.#stages.find(({ plan }) => plan.name === stage)
    if (!runner) throw unknownStage(stage, this.plan)
    const { appends, progress, count } = await redriveOf(this.#log, this.names, stage, runner.plan.lanes, selection, this.#settings.environment.clock.now())
    // What is sent back to a run that has just ended would wait there for ever: it stays a dead letter.
    if (count === 0 || this.#isOver) return 0
    const state = runner.isEnded ? [this.#nextRound()] : []
    await runner.inject({ appends, progress, state, counters: { ...noCounters(), failed: -count } })
    return count
  }

  /** What a stage that had ended gives now comes after its end: all stages end once more, and results are put right. */
  #nextRound(): StateChange {
    this.#round++
    for (const stage of this.#stages) stage.reopen()
    return runChange(this.plan.pipeline, { ...this.record, round: this.#round, status: 'running', isClosed: false })
  }

  /** Pauses a stage, or one of its shards; durable. */
  async pause(stage: string, shard: string | undefined, isPaused: boolean): Promise<void> {
    const plan = this.plan.stages.find(each => each.name === stage)
    if (!plan) throw unknownStage(stage, this.plan)
    const key = shard === undefined ? stage : `${stage}/${shard}`
    await this.#log.commit({ epoch: this.#epoch, appends: [], progress: [], state: [{ store: pausedStore(this.plan.pipeline), key, value: String(isPaused) }] })
    this.#paused = await pausedIn(this.#log, this.plan.pipeline)
    if (!isPaused) this.#runner(stage).resumed()
    this.#wake(stage)
  }

  /** Takes nothing new, lets what is at work finish within the grace time, commits it. */
  async stop(graceMs: number): Promise<RunResult> {
    const { clock } = this.#settings.environment
    const until = clock.monotonic() + graceMs
    for (const stage of this.#stages) stage.stop()
    while (!this.#isOver && this.#stages.some(stage => stage.inFlight > 0) && clock.monotonic() < until) await new Promise<void>(resolve => clock.after(5, resolve))
    return this.#end('stopped', ['it was stopped; the same command goes on where it was'])
  }

  async #load(): Promise<void> {
    const { plan, names } = this
    const [topics, ends, counters, duplicates, barriers, paused, rollouts, shards] = await Promise.all([
      this.#log.topics(), allEntries(this.#log, names.store('ends')), allEntries(this.#log, names.store('counters')), allEntries(this.#log, names.store(duplicatesStore)), allEntries(this.#log, names.store('barriers')), pausedIn(this.#log, plan.pipeline),
      allEntries(this.#log, rolloutsStore(plan.pipeline)), allEntries(this.#log, names.store(shardsStore)),
    ])
    for (const barrier of barriers.keys()) this.#barriers.noteOpen(barrier)
    this.#paused = paused
    const backlog = new Backlog(topics)
    this.#backlog = backlog
    const until = this.#settings.isEndless ? new Map<string, readonly number[]>() : await endsOfSharedTopics(this.#place, plan, names, topics)
    this.#stages = await Promise.all(plan.stages.map(async stage => {
      const subscriptions = new Set([names.subscription(stage.name), ...stage.inputs.map(input => subscriptionOf(names, stage, input))])
      const known = (await Promise.all([...subscriptions].map(subscription => this.#log.progress(subscription)))).flat()
      const progress = [...known, ...(await firstPositions(this.#place, names, stage, topics, known))]
      for (const each of progress) backlog.progressed(each)
      const positions = await Promise.all(stage.inputs.map(input => allEntries(this.#log, names.store(`${stage.name}/positions/${input.name}`))))
      const mapReducer = await mapReducerOf(stage, { plan, names, environment: this.#settings.environment, isEndless: this.#settings.isEndless, hasPositions: positions.some(({ size }) => size > 0) })
      if (mapReducer) this.#mapReducers.push(mapReducer)
      return makeStage(stage, {
        mapReducer,
        ...this.#making(until), progress, steered: { rollouts, shards }, positions: new Map(positions.flatMap(map => [...map])),
        held: new Map(Array.from(await allEntries(this.#log, names.store(heldStore(stage.name))), ([key, value]) => [key, JSON.parse(value) as RetryState])),
        counters: restoredCounters(counters.get(stage.name), duplicates.get(stage.name)),
        endedLanes: new Set([...ends].filter(([key, round]) => key.startsWith(`${stage.name}/`) && Number(round) >= this.record.round).map(([key]) => Number(key.slice(stage.name.length + 1)))),
      })
    }))
  }

  /** The failures that shut a barrier, or passed the tolerance. */
  async #redriveWhatStopped(): Promise<void> {
    if (!this.record.isClosed || this.record.status !== 'stopped') return
    const shut = this.#barriers.shut.flatMap(({ before }) => before)
    const stages = this.#passedTolerance() ? this.plan.stages.map(({ name }) => name) : shut
    for (const stage of new Set(stages)) await this.redrive(stage)
  }

  #making(until: ReadonlyMap<string, readonly number[]>): Omit<StageMaking, 'progress' | 'positions' | 'held' | 'steered' | 'counters' | 'endedLanes' | 'mapReducer'> {
    const { plan, names } = this
    return {
      plan, names, until, startedAt: this.record.startedAt, runId: `${names.scope}@${this.record.startedAt}`,
      environment: { ...this.#settings.environment, log: this.#log },
      limiters: this.#settings.limiters, epoch: this.#epoch, round: () => this.#round,
      isEndless: this.#settings.isEndless, signal: this.#abort.signal, readers: this.#readers,
      isOpen: gate => this.#isOpen(gate),
      mayRun: stage => this.#lanesOf(stage),
      hasEnded: stage => this.#runner(stage).isEnded,
      mayEnd: stage => !this.#settings.isEndless && !this.#barriers.isShutBy(stage.name),
      wake: stage => this.#wake(stage),
      onCommitted: () => this.#committed(),
      onError: error => this.#trouble(error),
    }
  }

  async #listSources(): Promise<void> {
    const { onMessage } = this.#settings.environment
    const sources = this.plan.stages.flatMap(stage => stage.inputs).flatMap(({ from }) => (from.kind === 'source' ? [from] : []))
    for (const { name, source, splits } of sources) {
      const listing: Listing = { name, source, topic: this.names.topic(splits), store: this.names.store('listed') }
      const say = (level: 'info' | 'warn' | 'error') => (message: string, data?: object) => onMessage({ stage: name, id: '', level, message, data })
      await listSplits(this.#log, this.#epoch, listing, { signal: this.#abort.signal, log: { info: say('info'), warn: say('warn'), error: say('error') } })
    }
  }

  #isOpen(gate: Gate): boolean {
    return gate.kind === 'barrier' ? this.#barriers.isOpen(gate.name) : this.#runner(gate.stage).isEnded
  }

  #isPaused(stage: StagePlan, lane: number): boolean {
    if (this.#paused.has(stage.name)) return true
    const shard = stage.shards[lane]
    return shard !== undefined && (this.#paused.has(`${stage.name}/${shard.name}`) || shard.paused)
  }

  #isFull(stage: StagePlan): boolean {
    const topic = this.plan.topics.find(({ name }) => name === stage.output)
    if (!topic || topic.boundedBy.length === 0 || topic.isShared) return false
    return this.#backlog!.isFull(this.names.topic(topic.name), topic.boundedBy.map(reader => this.names.subscription(reader, topic.name)))
  }

  #wake(stage: string): void {
    this.#awake.add(stage)
    if (this.#isTurning || !this.#isStarted) return
    this.#isTurning = true
    this.#settings.environment.clock.after(0, () => {
      this.#isTurning = false
      this.#turn()
    })
  }

  #turn(): void {
    if (this.#isOver) return
    const awake = [...this.#awake]
    this.#awake.clear()
    for (const stage of awake) this.#pump(this.#runner(stage))
    if (!this.#settings.isEndless) this.#checkTolerance()
    this.#barriers.openThoseThatMay(state => this.#log.commit({ epoch: this.#epoch, appends: [], progress: [], state })).then(opened => opened && this.#committed(), error => this.#trouble(error))
    this.#endIfOver()
    this.#settings.onChange?.()
  }

  #pump(runner: StageRunner): void {
    const lanes = this.#lanesOf(runner.plan)
    const isFull = this.#isFull(runner.plan)
    for (let lane = 0; lane < lanes.length; lane++) lanes[lane] = !isFull && !this.#isPaused(runner.plan, lane)
    runner.pump()
  }

  #lanesOf({ name, lanes }: StagePlan): boolean[] {
    let mayRun = this.#mayRun.get(name)
    if (!mayRun) this.#mayRun.set(name, (mayRun = Array.from({ length: lanes }, () => true)))
    return mayRun
  }

  #committed(): void {
    // Who waited for room, for an end or for a barrier may go on.
    for (const stage of this.#stages) this.#wake(stage.plan.name)
  }

  #poke({ topic, partition }: PartitionId): void {
    if (topic === commandsTopicSpec.name) return void this.#commands.look().catch(error => this.#trouble(error))
    for (const reader of this.#readers.get(`${topic}:${partition}`) ?? []) reader.poke()
    for (const stage of this.#stages) if (stage.plan.inputs.some(({ from }) => from.kind !== 'source' && this.names.topic(from.topic) === topic) || topic === this.names.topic(retryTopic(stage.plan.name))) this.#wake(stage.plan.name)
  }

  /** What another process asks of this one. Undefined when it is not about this pipeline. */
  async #obey(command: Command): Promise<number | undefined> {
    if (!this.plan.stages.some(({ name }) => name === command.stage) || (command.pipeline !== undefined && command.pipeline !== this.plan.pipeline)) return undefined
    if (command.kind === 'redrive') return this.redrive(command.stage, command.selection)
    await this.pause(command.stage, command.shard, command.kind === 'pause')
    return 1
  }

  #checkTolerance(): void {
    const reason = this.#passedTolerance()
    if (reason) this.#endBecause('stopped', [`${reason}. Mend the cause and run the same command: it redrives what failed and goes on`])
  }

  #passedTolerance(): string | undefined {
    return passedTolerance(this.plan, stage => ({ in: totalOf([this.#runner(stage).counters]), failed: this.#runner(stage).failed }), this.#stages.every(stage => stage.isEnded))
  }

  #endIfOver(): void {
    if (this.#settings.isEndless || this.#isOver || this.#awake.size > 0 || this.#barriers.isOpening) return
    // What is being stopped stands still for that reason alone; whoever stops it ends it.
    if (this.#stages.some(stage => stage.isStopping)) return
    // A stage that had ended may have got redriven items since.
    if (this.#stages.every(stage => stage.isEnded && stage.isIdle)) {
      const failed = this.#stages.some(({ counters }) => counters.failed > 0)
      return this.#endBecause(failed ? 'completed-with-failures' : 'completed', [])
    }
    if (this.#stages.every(stage => (stage.isEnded && stage.isIdle) || stage.isStuck(this.#lanesOf(stage.plan)))) this.#endBecause('stopped', this.#whyStuck())
  }

  #whyStuck(): readonly string[] {
    const shut = this.#barriers.reasons
    const paused = [...this.#paused].map(name => `'${name}' is paused; resume it to go on`)
    const pausedShards = this.plan.stages.flatMap(stage => stage.shards.filter(shard => shard.paused).map(shard => `shard '${shard.name}' of '${stage.name}' is paused in the pipeline file`))
    const reasons = [...shut, ...paused, ...pausedShards]
    return reasons.length > 0 ? reasons : ['nothing can go on, and nothing says why: this is a defect of Batchwork']
  }

  #trouble(error: unknown): void {
    if ((error as { code?: string }).code === 'DISK_FULL') this.#settings.onTrouble?.(error as Error)
    else this.#fail(error)
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#abort.abort(error)
    const reasons = [error instanceof Error ? error.message : String(error)]
    void this.#close('stopped', reasons).catch(() => {}).then(() => this.#leave()).catch(() => {}).then(() => this.#finish.reject(error))
  }

  /** Who waits for the run hears of it if its end fails. */
  #endBecause(status: RunStatus, reasons: readonly string[]): void {
    this.#end(status, reasons).catch(() => {})
  }

  async #end(status: RunStatus, reasons: readonly string[]): Promise<RunResult> {
    if (this.#isOver) return this.finished
    this.#isOver = true
    this.#abort.abort(new DOMException('the run is over', 'AbortError'))
    try {
      await Promise.all(this.#stages.map(stage => stage.close()))
      await Promise.all(this.#stages.map(stage => stage.flush()))
      await this.#close(status, reasons)
      // Nothing can be redriven, so no result will be put right.
      if (status === 'completed') await Promise.all(this.#mapReducers.map(mapReducer => mapReducer.keepOnly([])))
      await this.#leave()
      this.#finish.resolve({ status, reasons })
    } catch (error) {
      await this.#leave().catch(() => {})
      this.#finish.reject(error)
    }
    return this.finished
  }

  /** Notes how it ended: a run without this note belonged to a process that vanished. */
  async #close(status: RunStatus, reasons: readonly string[]): Promise<void> {
    if (this.#epoch === 0) return
    const record: RunRecord = { ...this.record, round: this.#round, status, reasons, isClosed: true, endedAt: this.#settings.environment.clock.now() }
    await this.#log.commit({ epoch: this.#epoch, appends: [], progress: [], state: [runChange(this.plan.pipeline, record)] })
  }

  async #leave(): Promise<void> {
    this.#unwatch?.()
    this.#retention?.stop()
    await Promise.allSettled(this.#stages.map(stage => stage.close()))
    await this.#membership?.leave()
  }

  get #place(): Place {
    return { log: this.#log, epoch: this.#epoch }
  }

  #runner(stage: string): StageRunner {
    return this.#stages.find(({ plan }) => plan.name === stage)!
  }

  #countsOf(stage: StageRunner): StageCounts {
    const { units: _units, ...counters } = stage.counters
    const waiting = stage.plan.inputs.reduce((sum, input) => sum + (input.from.kind === 'source' ? 0 : this.#backlog!.waiting(this.names.topic(input.from.topic), subscriptionOf(this.names, stage.plan, input))), 0)
    return { ...counters, inFlight: stage.inFlight, waiting }
  }
}

export function unknownStage(stage: string, plan: Plan): BatchworkError {
  return new BatchworkError('NO_STAGE', `pipeline '${plan.pipeline}' has no stage '${stage}'; it has ${plan.stages.map(({ name }) => `'${name}'`).join(', ')}`)
}

// What is done once for a whole run, by the process that leads it: takes the run up, lists its sources, opens barriers, sends dead letters back, obeys commands,
// sees when all is done or nothing can go on.
import type { Clock } from '../clock.ts'
import type { Commit, Log, StateChange } from '../log.ts'
import { BatchworkError } from '../model/errors.ts'
import type { Plan, StagePlan } from '../plan/plan.ts'
import { Attendance } from './attendance.ts'
import type { Barriers } from './barriers.ts'
import { CommandInbox, type Command } from './commands.ts'
import { pausedStore, runChange, type RunRecord, type RunStatus } from './control.ts'
import { addCounters } from './counts.ts'
import type { RunNames } from './names.ts'
import { commitAsOwner, type Place } from './ownership.ts'
import { endsOfSharedTopics } from './positions.ts'
import { redriveOf, type Selection } from './redrive.ts'
import { retainedIn, Retention } from './retention.ts'
import { countersStore, redrivenKey, type RunState } from './run-state.ts'
import { listSplits, type Listing } from './splits.ts'
import type { SourceContext } from '../source.ts'
import type { Stages } from './stages.ts'
import { passedToleranceOf } from './verdict.ts'

export interface LeadOptions {
  readonly log: Log
  readonly clock: Clock
  readonly plan: Plan
  readonly names: RunNames
  readonly state: RunState
  readonly stages: Stages
  readonly barriers: Barriers
  readonly epoch: () => number
  /** Which process this is, where several take part. */
  readonly self: string | undefined
  readonly isEndless: boolean
  readonly contextOf: (source: string) => SourceContext
  /** There may be something to open, or to end. */
  readonly wake: () => void
  readonly onTrouble: (error: unknown) => void
}

export class Lead {
  readonly #options: LeadOptions
  readonly #commands: CommandInbox
  /** Where several processes take part. */
  readonly attendance: Attendance | undefined
  #retention: Retention | undefined
  #redriving: Promise<void> = Promise.resolve()
  #underWay = 0
  #isLeading = false
  #isOver = false
  /** How often this process was made the leader. */
  #mandates = 0
  /** Since another leads: the last epoch with which this process did. */
  #lastEpoch: number | undefined

  constructor(options: LeadOptions) {
    this.#options = options
    this.#commands = new CommandInbox(options.log)
    const { log, clock, names, state, stages, self, onTrouble } = options
    if (self !== undefined) this.attendance = new Attendance({ log, clock, names, state, stages, commit: changes => this.#commit(changes), onTrouble })
  }

  /** Whether this process leads, and all that this begins with is done. */
  get isLeading(): boolean {
    return this.#isLeading && this.#underWay === 0
  }

  /** Made the leader. Gives whether it still is when it has heard of all that those before it have committed. */
  async appointed(): Promise<boolean> {
    const { log, state } = this.#options
    const mandate = ++this.#mandates
    this.#lastEpoch = undefined
    await state.catchUp(log)
    return this.#isAppointed(mandate)
  }

  /** Notes that the run goes on, in this process's hands. Gives whether it still is when that is done. */
  async takeUp(record: RunRecord): Promise<boolean> {
    const { log, plan, names, self, isEndless } = this.#options
    const mandate = this.#mandates
    const opened = runChange(plan.pipeline, { ...record, leader: self, status: 'running', isClosed: false })
    // What is published until then is the run's. Others begin as soon as they see it opened, and must not find it without its ends.
    if (self === undefined) await this.#commit([opened])
    const until = isEndless ? [] : await endsOfSharedTopics(log, plan, names)
    if (self !== undefined || until.length > 0) await this.#commit(self === undefined ? until : [...until, opened])
    return this.#isAppointed(mandate)
  }

  #isAppointed(mandate: number): boolean {
    return mandate === this.#mandates && this.#lastEpoch === undefined
  }

  /** `redrives`: what stopped the run is sent back. */
  async begin(redrives: boolean): Promise<void> {
    const { clock, plan, names, isEndless, onTrouble } = this.#options
    this.#isLeading = true
    await this.#busy(async () => {
      if (redrives) await this.#redriveWhatStopped()
      await this.#listSources()
      await this.#commands.start(command => this.#obey(command))
    })
    // Another leads by now, and obeys.
    if (!this.#isLeading) return this.#commands.stop()
    this.#retention = new Retention(() => this.#place, clock, retainedIn(plan, names, isEndless))
    this.#retention.start(onTrouble)
    this.attendance?.start()
  }

  /** Another leads from now on. */
  async handOver(): Promise<void> {
    this.#lastEpoch ??= this.#options.epoch()
    if (!this.#isLeading) return
    this.stop()
    await this.#redriving
    const { state, plan } = this.#options
    if (state.record && !state.record.isClosed && !this.#isOver) await this.#commit([runChange(plan.pipeline, { ...state.record, leader: undefined })])
  }

  stop(): void {
    this.#isLeading = false
    this.#commands.stop()
    this.#retention?.stop()
    this.attendance?.stop()
  }

  /** The run's end is decided: what is sent back from now on would wait for ever. */
  end(): void {
    this.#isOver = true
  }

  look(): void {
    this.#commands.look().catch(this.#options.onTrouble)
  }

  /** Notes how it ended: a run without this note belonged to a process that vanished. */
  async close(status: RunStatus, reasons: readonly string[]): Promise<void> {
    const { state, plan, clock } = this.#options
    this.end()
    // It may begin a round, which is not to be taken back.
    await this.#redriving
    if (state.record) await this.#commit([runChange(plan.pipeline, { ...state.record, leader: undefined, status, reasons, isClosed: true, endedAt: clock.now() })])
  }

  /** Moves dead letters back to their stages. Resolves when that is durable. */
  redrive(stage: string, selection: Selection = {}): Promise<number> {
    // One after the other: the next must not choose what this one is about to move.
    const redriven = this.#redriving.then(() => this.#busy(() => this.#redrive(stage, selection)))
    this.#redriving = redriven.then(() => {}, () => {})
    return redriven
  }

  async #redrive(name: string, selection: Selection): Promise<number> {
    const { log, plan, names, stages, clock, self } = this.#options
    const stage = stageOf(plan, name)
    const { appends, progress, count } = await redriveOf(log, names, name, stage.lanes, selection, clock.now())
    // What is sent back to a run that has just ended would wait there for ever: it stays a dead letter.
    if (count === 0 || this.#isOver || !this.#isLeading) return 0
    const sendBack = () => this.#sendBack(name, count, { appends, progress })
    // Where this process has the whole stage, no end of it is under way meanwhile.
    await (self === undefined ? stages.runner(name)!.betweenCommits(sendBack) : sendBack())
    return count
  }

  async #sendBack(name: string, count: number, moved: Pick<Commit, 'appends' | 'progress'>): Promise<void> {
    const { log, plan, names, stages, state, self } = this.#options
    const counters = state.redrivenOf(name)
    addCounters(counters, { failed: -count })
    const changes: StateChange[] = [{ store: names.store(countersStore), key: redrivenKey(name), value: JSON.stringify(counters) }]
    // What a stage that had ended gives now comes after its end: all stages end once more, and results are put right. A lane of another process may be
    // ending just now, and what a stage gives at its end may be given already, or be under way.
    if (self !== undefined || givesAtItsEnd(stageOf(plan, name)) || stages.hasAnyEnded(name)) changes.push(runChange(plan.pipeline, { ...state.record!, round: state.record!.round + 1, status: 'running', isClosed: false }))
    await commitAsOwner(log, () => this.#epoch, { ...moved, state: changes })
  }

  /** Pauses a stage, or one of its shards; durable. */
  async pause(stage: string, shard: string | undefined, isPaused: boolean): Promise<void> {
    const { plan } = this.#options
    stageOf(plan, stage)
    const key = shard === undefined ? stage : `${stage}/${shard}`
    await this.#commit([{ store: pausedStore(plan.pipeline), key, value: String(isPaused) }])
  }

  /** Whether any was opened. */
  openBarriers(): Promise<boolean> {
    return this.#options.barriers.openThoseThatMay(state => this.#commit(state))
  }

  /** The failures that shut a barrier, or passed the tolerance. */
  async #redriveWhatStopped(): Promise<void> {
    const { plan, stages: all, barriers } = this.#options
    const shut = barriers.shut.flatMap(({ before }) => before)
    const stages = passedToleranceOf({ plan, stages: all }) ? plan.stages.map(({ name }) => name) : shut
    for (const stage of new Set(stages)) await this.redrive(stage)
  }

  async #listSources(): Promise<void> {
    const { log, plan, names, contextOf } = this.#options
    const sources = plan.stages.flatMap(stage => stage.inputs).flatMap(({ from }) => (from.kind === 'source' ? [from] : []))
    for (const { name, source, splits } of sources) {
      const listing: Listing = { name, source, topic: names.topic(splits), store: names.store('listed') }
      await listSplits(log, () => this.#epoch, listing, contextOf(name))
    }
  }

  /** What another process asks of this one. Undefined when it is not about this pipeline. */
  async #obey(command: Command): Promise<number | undefined> {
    const { plan } = this.#options
    if (!plan.stages.some(({ name }) => name === command.stage) || (command.pipeline !== undefined && command.pipeline !== plan.pipeline)) return undefined
    if (command.kind === 'redrive') return this.redrive(command.stage, command.selection)
    await this.pause(command.stage, command.shard, command.kind === 'pause')
    return 1
  }

  async #busy<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#underWay++
    try {
      return await work()
    } finally {
      // Meanwhile nothing was opened and nothing ended.
      if (--this.#underWay === 0) this.#options.wake()
    }
  }

  get #epoch(): number {
    return this.#lastEpoch ?? this.#options.epoch()
  }

  get #place(): Place {
    return { log: this.#options.log, epoch: this.#epoch }
  }

  async #commit(state: readonly StateChange[]): Promise<void> {
    await commitAsOwner(this.#options.log, () => this.#epoch, { appends: [], progress: [], state })
  }
}

/** Results, the last batch, the last word to a sink. */
function givesAtItsEnd({ kind }: StagePlan): boolean {
  return kind !== 'work' && kind !== 'relay'
}

function stageOf(plan: Plan, name: string) {
  const stage = plan.stages.find(each => each.name === name)
  if (stage) return stage
  throw new BatchworkError('NO_STAGE', `pipeline '${plan.pipeline}' has no stage '${name}'; it has ${plan.stages.map(each => `'${each.name}'`).join(', ')}`)
}

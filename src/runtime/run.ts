// Runs a plan: makes its topics and stages, wakes what has something to do, opens barriers, and sees when all is done or nothing can go on.
import type { Appended, Commit, Log, Membership, PartitionId, Progress, TopicInfo, TopicSpec } from '../log.ts'
import { BatchworkError } from '../model/errors.ts'
import type { RetryState } from '../model/item.ts'
import { exceeds } from '../model/values.ts'
import type { BarrierPlan, Gate, Plan, StagePlan } from '../plan/plan.ts'
import { retryDelaysMs } from '../plan/topics.ts'
import { Backlog } from './backlog.ts'
import { CommandInbox, commandsTopicSpec, type Command } from './commands.ts'
import { pausedIn, pausedStore, runChange, type RunRecord, type RunStatus } from './control.ts'
import { noCounters, type Counters, type StageCounts } from './counts.ts'
import type { Environment, Limiters } from './environment.ts'
import { History, historySubscription } from './history.ts'
import { deadLetterTopic, namesOf, outcomesTopic, partitionsOf, retryTopic, type RunNames } from './names.ts'
import type { PartitionReader } from './partition-reader.ts'
import { offsetAt } from './positions.ts'
import { redriveOf, type Selection } from './redrive.ts'
import { listSplits, type Listing } from './splits.ts'
import { isStored, makeStage, type StageMaking } from './stage-factory.ts'
import { diskFullRetryMs, heldStore, type StageRunner } from './stage-runner.ts'

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
  readonly #openBarriers = new Set<string>()
  readonly #opening = new Set<string>()
  readonly #awake = new Set<string>()
  /** By stage and lane: whether it may take more. */
  readonly #mayRun = new Map<string, boolean[]>()
  readonly #finish = Promise.withResolvers<RunResult>()
  readonly #commands: CommandInbox
  readonly #history: History
  #stages: readonly StageRunner[] = []
  #backlog!: Backlog
  #paused: ReadonlySet<string> = new Set()
  #membership: Membership | undefined
  #unwatch: (() => void) | undefined
  #redriving: Promise<void> = Promise.resolve()
  #epoch = 0
  #isTurning = false
  #isOver = false

  constructor(settings: RunSettings) {
    this.#settings = settings
    this.plan = settings.plan
    this.record = settings.run
    this.names = namesOf(settings.plan, settings.isEndless ? settings.plan.pipeline : `${settings.plan.pipeline}/${settings.run.number}`)
    this.#log = this.#backlogged(settings.environment.log)
    this.#commands = new CommandInbox(this.#log)
    this.#history = new History(this.#log, settings.environment.clock, this.names.topic(outcomesTopic), this.names.scope)
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

  async start(): Promise<void> {
    try {
      await this.#start()
    } catch (error) {
      this.#fail(error)
      await this.finished
    }
  }

  async #start(): Promise<void> {
    await this.#log.createTopics([commandsTopicSpec, ...topicsToMake(this.plan, this.names)])
    const topics = [...new Set(this.plan.topics.filter(isStored).map(topic => this.names.topic(topic.name)))]
    this.#membership = await this.#log.join(this.names.scope, topics, { assigned: (_, epoch) => (this.#epoch = epoch), revoked: () => this.#fail(new BatchworkError('REVOKED', 'another process took this run over')) })
    await this.#log.commit({ epoch: this.#epoch, appends: [], progress: [], state: [runChange(this.plan.pipeline, { ...this.record, status: 'running', isClosed: false })] })
    await this.#load()
    if (this.#settings.isResumed) await this.#redriveWhatStopped()
    await this.#listSources()
    await this.#commands.start(command => this.#obey(command))
    this.#unwatch = this.#log.watch(partition => this.#poke(partition))
    if (this.#settings.isEndless) this.#history.start(this.#epoch, error => this.#trouble(error))
    for (const stage of this.#stages) this.#awake.add(stage.plan.name)
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
    if (count > 0) await runner.inject({ appends, progress, state: [], counters: { ...noCounters(), failed: -count } })
    return count
  }

  /** Pauses a stage, or one of its shards; durable. */
  async pause(stage: string, shard: string | undefined, isPaused: boolean): Promise<void> {
    const plan = this.plan.stages.find(each => each.name === stage)
    if (!plan) throw unknownStage(stage, this.plan)
    const key = shard === undefined ? stage : `${stage}/${shard}`
    await this.#log.commit({ epoch: this.#epoch, appends: [], progress: [], state: [{ store: pausedStore(this.plan.pipeline), key, value: String(isPaused) }] })
    this.#paused = await pausedIn(this.#log, this.plan.pipeline)
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
    const [topics, ends, counters, barriers, paused] = await Promise.all([
      this.#log.topics(), this.#all(names.store('ends')), this.#all(names.store('counters')), this.#all(names.store('barriers')), pausedIn(this.#log, plan.pipeline),
    ])
    for (const barrier of barriers.keys()) this.#openBarriers.add(barrier)
    this.#paused = paused
    this.#backlog = new Backlog(topics)
    const until = this.#settings.isEndless ? new Map<string, readonly number[]>() : await this.#limitsOfSharedTopics(topics)
    this.#stages = await Promise.all(plan.stages.map(async stage => {
      const subscriptions = new Set([names.subscription(stage.name), ...stage.inputs.flatMap(input => subscriptionsOf(names, stage, input))])
      const known = (await Promise.all([...subscriptions].map(subscription => this.#log.progress(subscription)))).flat()
      const progress = [...known, ...(await this.#firstPositions(stage, topics, known))]
      for (const each of progress) this.#backlog.progressed(each)
      const positions = await Promise.all(stage.inputs.map(input => this.#all(names.store(`${stage.name}/positions/${input.name}`))))
      return makeStage(stage, {
        ...this.#making(until), progress, positions: new Map(positions.flatMap(map => [...map])),
        held: new Map(Array.from(await this.#all(names.store(heldStore(stage.name))), ([key, value]) => [key, JSON.parse(value) as RetryState])),
        counters: { ...noCounters(), ...(JSON.parse(counters.get(stage.name) ?? '{}') as Partial<Counters>) },
        endedLanes: new Set([...ends].filter(([key, round]) => key.startsWith(`${stage.name}/`) && Number(round) >= this.record.round).map(([key]) => Number(key.slice(stage.name.length + 1)))),
      })
    }))
  }

  /** The failures that shut a barrier, or passed the tolerance. */
  async #redriveWhatStopped(): Promise<void> {
    const shut = this.plan.barriers.filter(barrier => !this.#openBarriers.has(barrier.name) && this.#isShut(barrier)).flatMap(({ before }) => before)
    const stages = this.#isPastTolerance() ? this.plan.stages.map(({ name }) => name) : shut
    for (const stage of new Set(stages)) await this.redrive(stage)
  }

  #making(until: ReadonlyMap<string, readonly number[]>): Omit<StageMaking, 'progress' | 'positions' | 'held' | 'counters' | 'endedLanes'> {
    const { plan, names } = this
    return {
      plan, names, until, runId: `${names.scope}@${this.record.startedAt}`,
      environment: { ...this.#settings.environment, log: this.#log },
      limiters: this.#settings.limiters, epoch: this.#epoch, round: this.record.round,
      isEndless: this.#settings.isEndless, signal: this.#abort.signal, readers: this.#readers,
      isOpen: gate => this.#isOpen(gate),
      mayRun: stage => this.#lanesOf(stage),
      hasEnded: stage => this.#runner(stage).isEnded,
      mayEnd: stage => !this.#settings.isEndless && !plan.barriers.some(barrier => barrier.before.includes(stage.name) && this.#isShut(barrier)),
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

  /** A bounded run takes of a user's topic what was there when it began. */
  async #limitsOfSharedTopics(topics: Awaited<ReturnType<Log['topics']>>): Promise<ReadonlyMap<string, readonly number[]>> {
    const store = this.names.store('until')
    const known = await this.#all(store)
    const shared = this.plan.topics.filter(topic => topic.isShared && topic.producers.length === 0)
    const missing = shared.filter(topic => !known.has(topic.name)).map(topic => ({ store, key: topic.name, value: JSON.stringify(topics.find(({ name }) => name === topic.name)!.extents.map(({ end }) => end)) }))
    if (missing.length > 0) await this.#log.commit({ epoch: this.#epoch, appends: [], progress: [], state: missing })
    return new Map([...known, ...missing.map(({ key, value }) => [key, value] as const)].map(([name, ends]) => [name, JSON.parse(ends) as number[]]))
  }

  /** A new subscription begins where the pipeline says; durable before anything is read. */
  async #firstPositions(stage: StagePlan, topics: readonly TopicInfo[], known: readonly Progress[]): Promise<readonly Progress[]> {
    const first: Progress[] = []
    for (const input of stage.inputs) {
      if (input.from.kind !== 'topic' || input.from.position === undefined || input.from.position === 'beginning') continue
      const { topic: name, position } = input.from
      const subscription = subscriptionsOf(this.names, stage, input)[0]!
      const topic = topics.find(each => each.name === this.names.topic(name))!
      for (let partition = 0; partition < topic.partitions; partition++) {
        if (known.some(each => each.subscription === subscription && each.topic === topic.name && each.partition === partition)) continue
        first.push({ subscription, topic: topic.name, partition, mark: await offsetAt(this.#log, topic, partition, position), done: [] })
      }
    }
    if (first.length > 0) await this.#log.commit({ epoch: this.#epoch, appends: [], progress: first, state: [] })
    return first
  }

  #isOpen(gate: Gate): boolean {
    return gate.kind === 'barrier' ? this.#openBarriers.has(gate.name) : this.#runner(gate.stage).isEnded
  }

  #isShut({ before, tolerate }: BarrierPlan): boolean {
    const runners = before.map(stage => this.#runner(stage))
    const failed = runners.reduce((sum, { counters }) => sum + counters.failed, 0)
    return exceeds(tolerate, failed, Math.max(0, ...runners.map(({ counters }) => counters.in)))
  }

  #isPaused(stage: StagePlan, lane: number): boolean {
    if (this.#paused.has(stage.name)) return true
    const shard = stage.shards[lane]
    return shard !== undefined && (this.#paused.has(`${stage.name}/${shard.name}`) || shard.paused)
  }

  #isFull(stage: StagePlan): boolean {
    const topic = this.plan.topics.find(({ name }) => name === stage.output)
    if (!topic || topic.boundedBy.length === 0 || topic.isShared) return false
    return this.#backlog.isFull(this.names.topic(topic.name), topic.boundedBy.map(reader => this.names.subscription(reader, topic.name)))
  }

  #wake(stage: string): void {
    this.#awake.add(stage)
    if (this.#isTurning) return
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
    this.#openBarriersThatMay()
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

  #openBarriersThatMay(): void {
    for (const barrier of this.plan.barriers) {
      if (this.#openBarriers.has(barrier.name) || this.#opening.has(barrier.name)) continue
      const isComplete = barrier.topics.every(topic => this.#writersOf(topic).every(producer => this.#runner(producer).isEnded))
      if (isComplete && !this.#isShut(barrier)) this.#open(barrier.name)
    }
  }

  /** Dead letters are written by the stage that gave up on them. */
  #writersOf(topic: string): readonly string[] {
    const failing = this.plan.stages.find(({ name }) => deadLetterTopic(name) === topic)
    return failing ? [failing.name] : this.plan.topics.find(({ name }) => name === topic)!.producers
  }

  #open(barrier: string): void {
    this.#opening.add(barrier)
    const state = [{ store: this.names.store('barriers'), key: barrier, value: JSON.stringify({ at: this.#settings.environment.clock.now() }) }]
    this.#log.commit({ epoch: this.#epoch, appends: [], progress: [], state }).then(() => {
      this.#openBarriers.add(barrier)
      this.#opening.delete(barrier)
      this.#committed()
    }).catch(error => this.#trouble(error))
  }

  #checkTolerance(): void {
    const reason = this.#isPastTolerance()
    if (reason) void this.#end('stopped', [`${reason}. Mend the cause and run the same command: it redrives what failed and goes on`])
  }

  /** Says why, or nothing. */
  #isPastTolerance(): string | undefined {
    const { tolerate } = this.plan
    const failed = this.#stages.reduce((sum, { counters }) => sum + counters.failed, 0)
    const total = Math.max(0, ...this.#stages.map(({ counters }) => counters.in))
    if (tolerate !== undefined && this.#exceeds(tolerate, failed, total)) return `${failed} items failed, and the pipeline tolerates ${tolerate}`
    for (const { plan, counters } of this.#stages) {
      const own = plan.kind === 'work' ? plan.settings.tolerate : undefined
      if (own !== undefined && this.#exceeds(own, counters.failed, counters.in)) return `${counters.failed} items failed in '${plan.name}', which tolerates ${own}`
    }
    return undefined
  }

  /** A share of a handful says nothing yet: it is judged from a hundred items on, and at the end. */
  #exceeds(tolerate: number | `${number}%`, failed: number, total: number): boolean {
    const isEarly = typeof tolerate === 'string' && total < 100 && !this.#stages.every(stage => stage.isEnded)
    return !isEarly && exceeds(tolerate, failed, total)
  }

  #endIfOver(): void {
    if (this.#settings.isEndless || this.#isOver || this.#awake.size > 0 || this.#opening.size > 0) return
    // A stage that had ended may have got redriven items since.
    if (this.#stages.every(stage => stage.isEnded && stage.isIdle)) {
      const failed = this.#stages.some(({ counters }) => counters.failed > 0)
      return void this.#end(failed ? 'completed-with-failures' : 'completed', [])
    }
    if (this.#stages.every(stage => (stage.isEnded && stage.isIdle) || stage.isStuck(this.#lanesOf(stage.plan)))) void this.#end('stopped', this.#whyStuck())
  }

  #whyStuck(): readonly string[] {
    const shut = this.plan.barriers.filter(barrier => !this.#openBarriers.has(barrier.name) && this.#isShut(barrier)).map(barrier => {
      const failing = barrier.before.map(stage => this.#runner(stage)).filter(({ counters }) => counters.failed > 0)
      return `barrier '${barrier.name}' stays shut: ${failing.map(({ plan, counters }) => `${counters.failed} failed in '${plan.name}'`).join(', ')}. Mend the cause and run the same command: it redrives just those`
    })
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

  async #end(status: RunStatus, reasons: readonly string[]): Promise<RunResult> {
    if (this.#isOver) return this.finished
    this.#isOver = true
    this.#abort.abort(new DOMException('the run is over', 'AbortError'))
    try {
      await Promise.all(this.#stages.map(stage => stage.close()))
      await Promise.all(this.#stages.map(stage => stage.flush()))
      await this.#close(status, reasons)
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
    const record: RunRecord = { ...this.record, status, reasons, isClosed: true, endedAt: this.#settings.environment.clock.now() }
    await this.#log.commit({ epoch: this.#epoch, appends: [], progress: [], state: [runChange(this.plan.pipeline, record)] })
  }

  async #leave(): Promise<void> {
    this.#unwatch?.()
    this.#history.stop()
    await Promise.allSettled(this.#stages.map(stage => stage.close()))
    await this.#membership?.leave()
  }

  #runner(stage: string): StageRunner {
    return this.#stages.find(({ plan }) => plan.name === stage)!
  }

  #countsOf(stage: StageRunner): StageCounts {
    const { units: _units, ...counters } = stage.counters
    const waiting = stage.plan.inputs.reduce((sum, input) => sum + (input.from.kind === 'source' ? 0 : this.#backlog.waiting(this.names.topic(input.from.topic), subscriptionsOf(this.names, stage.plan, input)[0]!)), 0)
    return { ...counters, inFlight: stage.inFlight, waiting }
  }

  async #all(store: string): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>()
    for (let after: string | undefined; ; ) {
      const entries = await this.#log.scan(store, after, 1_000)
      for (const { key, value } of entries) found.set(key, value)
      if (entries.length < 1_000) return found
      after = entries.at(-1)!.key
    }
  }

  /** A full disk is waited out where nothing was given away; stages send what they append again themselves. */
  async #patiently<T>(commit: () => Promise<T>, mayRepeat: boolean): Promise<T> {
    for (;;) {
      try {
        return await commit()
      } catch (error) {
        if (!mayRepeat || (error as { code?: string }).code !== 'DISK_FULL') throw error
        this.#settings.onTrouble?.(error as Error)
        await new Promise<void>(resolve => this.#settings.environment.clock.after(diskFullRetryMs, resolve))
      }
    }
  }

  /** The log, with every commit noted in the backlog. */
  #backlogged(log: Log): Log {
    const commit = async (commit: Commit): Promise<readonly Appended[]> => {
      // Counted before the buffers are given away.
      const sizes = commit.appends.map(({ chunk }) => chunk.values.byteLength)
      const results = await this.#patiently(() => log.commit(commit), commit.appends.length === 0)
      this.#backlog?.appended(commit, results, sizes)
      return results
    }
    return new Proxy(log, { get: (target, name) => (name === 'commit' ? commit : bound(target, name)) })
  }
}

function bound(target: Log, name: string | symbol): unknown {
  const value = (target as unknown as Record<string | symbol, unknown>)[name]
  return typeof value === 'function' ? value.bind(target) : value
}

function subscriptionsOf(names: RunNames, stage: StagePlan, input: StagePlan['inputs'][number]): readonly string[] {
  const topic = input.from.kind === 'source' ? input.from.splits : input.from.topic
  const subscription = names.subscription(stage.name, topic)
  return [input.name === topic || input.from.kind === 'source' ? subscription : `${subscription}/${input.name}`]
}

/** Every topic a run needs, with the subscriptions that keep it. */
export function topicsToMake(plan: Plan, names: RunNames): readonly TopicSpec[] {
  const subscriptions = (topic: string) => plan.stages.flatMap(stage => stage.inputs
    .filter(({ from }) => (from.kind === 'source' ? from.splits : from.topic) === topic)
    .flatMap(input => subscriptionsOf(names, stage, input)))
  const splits = new Set(plan.stages.flatMap(stage => stage.inputs).flatMap(({ from }) => (from.kind === 'source' ? [from.splits] : [])))
  return [
    ...plan.topics.filter(isStored).filter(({ name }) => !name.endsWith('/dead-letters')).map(topic => ({
      name: names.topic(topic.name), partitions: partitionsOf(topic), subscriptions: topic.isKept ? [] : subscriptions(topic.name),
    })),
    ...[...splits].map(name => ({ name: names.topic(name), partitions: 1, subscriptions: subscriptions(name) })),
    ...plan.stages.flatMap(({ name, lanes }) => [
      { name: names.topic(retryTopic(name)), partitions: lanes * retryDelaysMs.length, subscriptions: [names.subscription(name)] },
      { name: names.topic(deadLetterTopic(name)), partitions: lanes, subscriptions: [] },
    ]),
    { name: names.topic(outcomesTopic), partitions: 1, subscriptions: [historySubscription(names.scope)] },
  ]
}

export function unknownStage(stage: string, plan: Plan): BatchworkError {
  return new BatchworkError('NO_STAGE', `pipeline '${plan.pipeline}' has no stage '${stage}'; it has ${plan.stages.map(({ name }) => `'${name}'`).join(', ')}`)
}

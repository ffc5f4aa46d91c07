// Makes the runner of a stage: its feeds, by kind of input, and its processor, by kind of stage.
import { OptionError } from '../model/errors.ts'
import type { Progress } from '../log.ts'
import type { RetryState } from '../model/item.ts'
import { boundsOf } from '../policies/batching.ts'
import type { MapReducer } from '../map-reducer.ts'
import { Limiter } from '../policies/limiter.ts'
import { millisecondsOf } from '../model/values.ts'
import { readLimit } from '../pipeline/limit.ts'
import { readChunkWorker } from '../pipeline/chunk-worker.ts'
import type { BatchStage, InputPlan, Operator, Plan, ReduceStage, RelayStage, SinkStage, StagePlan, TopicPlan, WorkStage } from '../plan/plan.ts'
import { retryDelaysMs } from '../plan/topics.ts'
import { afterFailure, retryPolicyOf, type RetryPolicy } from '../policies/retry.ts'
import { addressOf } from './address.ts'
import { BatchProcessor } from './batch-processor.ts'
import { board } from './board.ts'
import { chunkContextOf } from './chunk-context.ts'
import { ChunkProcessor } from './chunk-processor.ts'
import type { Counters } from './counts.ts'
import type { Environment, Limiters } from './environment.ts'
import { normalWeight, weights, type Feed } from './feed.ts'
import type { Flight } from './flight.ts'
import { Intake } from './intake.ts'
import { runsStore, sumsStore } from './map-reduce-choice.ts'
import { MapReduceEmission } from './map-reduce-emission.ts'
import { MapReduceFeed } from './map-reduce-feed.ts'
import { MapReduceProcessor } from './map-reduce-processor.ts'
import { partitionsOf, retryTopic, type RunNames } from './names.ts'
import { PartitionReader } from './partition-reader.ts'
import type { Host, Processor } from './processor.ts'
import { ReduceProcessor } from './reduce-processor.ts'
import { RelayProcessor } from './relay-processor.ts'
import { RetryFeed } from './retry-feed.ts'
import { failureOf } from './redrive.ts'
import { searchStore } from './search-notes.ts'
import { sinkChunk } from './sink-chunk.ts'
import { SourceFeed } from './source-feed.ts'
import { lister } from './splits.ts'
import { StageRunner } from './stage-runner.ts'
import { StagedRollout } from './staged-rollout.ts'
import { steeringsOf, type SteeredBefore } from './steerings.ts'
import { TopicFeed } from './topic-feed.ts'
import type { StageContext } from './unit-context.ts'
import { WorkProcessor } from './work-processor.ts'

export interface StageMaking {
  readonly plan: Plan
  readonly names: RunNames
  /** Unlike the scope never used again, whatever becomes of the store: sinks know a run by it. */
  readonly runId: string
  readonly environment: Environment
  /** Where the stage maps its source split by split. */
  readonly mapReducer: MapReducer | undefined
  /** When the run began, in milliseconds since 1970. */
  readonly startedAt: number
  readonly limiters: Limiters
  readonly epoch: number
  readonly round: () => number
  readonly isEndless: boolean
  readonly signal: AbortSignal
  readonly counters: Counters
  readonly endedLanes: ReadonlySet<number>
  readonly progress: readonly Progress[]
  readonly positions: ReadonlyMap<string, string>
  readonly held: ReadonlyMap<string, RetryState>
  /** Of a sharded stage, from before. */
  readonly steered: SteeredBefore
  /** Where bounded reads of users' topics stop, by topic and partition. */
  readonly until: ReadonlyMap<string, readonly number[]>
  readonly readers: Map<string, PartitionReader[]>
  readonly isOpen: (gate: InputPlan['gates'][number]) => boolean
  /** By lane: neither paused nor held back by slower readers. Kept up to date by the run. */
  readonly mayRun: (stage: StagePlan) => readonly boolean[]
  readonly hasEnded: (stage: string) => boolean
  readonly mayEnd: (stage: StagePlan) => boolean
  readonly wake: (stage: string) => void
  readonly onCommitted: () => void
  readonly onError: (error: unknown) => void
}

/** Items at once in a stage of functions. */
const defaultConcurrency = 16
/** A sink's trouble is seldom an item's: it is given longer. */
const sinkAttempts = 8

export function makeStage(stage: StagePlan, making: StageMaking): StageRunner {
  const { plan, names, environment, epoch, round, counters, endedLanes, held, onCommitted, onError } = making
  const policy = policyOf(stage)
  const refuse = (error: unknown, before: Parameters<typeof afterFailure>[1]) => afterFailure(policy, before, error, environment.clock.now(), environment.random)
  const output = plan.topics.find(topic => topic.name === stage.output && isStored(topic))
  const runner = new StageRunner({
    stage, environment, names, epoch, round, output, counters, endedLanes, held, refuse, onCommitted, onError,
    address: addressOf(stage), mayEnd: () => making.mayEnd(stage),
  })
  const feeds = new FeedMaker(stage, making, runner, refuse).all()
  const mayRun = making.mayRun(stage)
  const intake = new Intake(feeds)
  const steerings = stage.kind === 'work' ? steeringsOf(stage, { making, runner, intake, mayRun }) : []
  const host: Host = {
    intake,
    mayRun: lane => !runner.isStopping && mayRun[lane]! && steerings.every(steering => steering.mayStart(lane)),
    starting: (flight, unit) => { for (const steering of steerings) steering.starting(flight, unit) },
    settle: (flight, unit, result) => runner.settle(flight, unit, result),
    fail: (flight, unit, error) => runner.fail(flight, unit, error),
    hold: (flight, unit, error) => runner.hold(flight, unit, error),
    retryOf: (flight, unit) => runner.retryOf(flight, unit),
    inOneCommit: settle => runner.inOneCommit(settle),
    commitNow: () => runner.commitNow(),
    isInputOver: () => runner.isInputOver,
    wake: () => making.wake(stage.name),
    onError,
  }
  const rollout = steerings.find(steering => steering instanceof StagedRollout)
  runner.attach(feeds, processorOf(stage, making, host, feeds, policy, rollout), steerings)
  return runner
}

/** A topic nobody reads is not written. */
export function isStored(topic: TopicPlan): boolean {
  return topic.isShared || topic.isKept || topic.readers.length > 0
}

function policyOf(stage: StagePlan): RetryPolicy {
  if (stage.kind === 'work') return retryPolicyOf(stage.settings)
  if (stage.kind !== 'sink') return retryPolicyOf({ attempts: 1 })
  // Without jitter what was refused together is written together, not item by item.
  return retryPolicyOf({ attempts: sinkAttempts, backoff: { jitter: false } })
}

class FeedMaker {
  readonly #stage: StagePlan
  readonly #making: StageMaking
  readonly #board: (feed: Feed, offset: number, items: Parameters<typeof board>[3], skip?: (item: number) => boolean) => Flight
  readonly #boarded: (flight: Flight) => void
  #partition = 0

  constructor(stage: StagePlan, making: StageMaking, runner: StageRunner, refuse: (error: unknown, before: any) => any) {
    this.#stage = stage
    this.#making = making
    const operators = new Map(stage.inputs.map(input => [input.name, operatorsOf(input)]))
    const boarding = { operators, now: () => making.environment.clock.now(), refuse }
    this.#boarded = flight => runner.boarded(flight)
    this.#board = (feed, offset, items, skip) => {
      const flight = board(boarding, feed, offset, items, skip)
      runner.boarded(flight)
      return flight
    }
  }

  all(): readonly Feed[] {
    return [...this.#stage.inputs.flatMap(input => (input.from.kind === 'source' ? [this.#source(input, input.from)] : this.#topic(input, input.from.topic))), ...this.#retries()]
  }

  #source(input: InputPlan, from: InputPlan['from'] & { kind: 'source' }): Feed {
    if (this.#making.mapReducer) return this.#splits(input, from)
    const { environment, names, signal, positions, onError } = this.#making
    return new SourceFeed({
      name: input.name, lane: 0, partition: this.#partition++, source: from.source,
      splits: this.#reader(names.topic(from.splits), 0, this.#subscription(from.splits)),
      isListed: reader => reader.hasEnd(lister, 1),
      isGateOpen: this.#gate(input), store: names.store(`${this.#stage.name}/positions/${input.name}`), positions,
      context: { signal, log: logOf(environment, this.#stage.name) }, clock: environment.clock, wake: this.#wake, onError, board: this.#board,
    })
  }

  #splits({ name }: InputPlan, { source, splits }: InputPlan['from'] & { kind: 'source' }): Feed {
    const { environment, names, signal, startedAt, mapReducer } = this.#making
    return new MapReduceFeed({
      name, partition: this.#partition++, source, splits: this.#reader(names.topic(splits), 0, this.#subscription(splits)), isListed: reader => reader.hasEnd(lister, 1),
      context: { signal, log: logOf(environment, this.#stage.name) }, time: startedAt, now: () => environment.clock.now(), tasksAtOnce: mapReducer!.capacity, boarded: this.#boarded,
    })
  }

  #topic(input: InputPlan, name: string): readonly Feed[] {
    const { plan, names } = this.#making
    const topic = plan.topics.find(each => each.name === name)!
    const levels = topic?.levels ?? 1
    const count = input.from.kind === 'dead-letters' ? plan.stages.find(stage => stage.name === (input.from as { stage: string }).stage)!.lanes : partitionsOf(topic)
    return Array.from({ length: count }, (_, partition) => new TopicFeed({
      input: input.name,
      lane: Math.floor(partition / levels) % this.#stage.lanes,
      weight: levels === 3 ? weights[partition % 3]! : normalWeight,
      partition: this.#partition++,
      reader: this.#reader(names.topic(name), partition, this.#subscription(name, input.name)),
      isGateOpen: this.#gate(input),
      isEnded: this.#endOf(topic),
      board: this.#board,
    }))
  }

  #retries(): readonly Feed[] {
    const { names, environment } = this.#making
    const topic = names.topic(retryTopic(this.#stage.name))
    return Array.from({ length: this.#stage.lanes * retryDelaysMs.length }, (_, partition) => new RetryFeed({
      lane: Math.floor(partition / retryDelaysMs.length), partition: this.#partition++, clock: environment.clock, wake: this.#wake, board: this.#board,
      reader: this.#reader(topic, partition, names.subscription(this.#stage.name)),
    }))
  }

  #subscription(topic: string, input: string = topic): string {
    const subscription = this.#making.names.subscription(this.#stage.name, topic)
    return input === topic ? subscription : `${subscription}/${input}`
  }

  #reader(topic: string, partition: number, subscription: string): PartitionReader {
    const { environment, progress, until, readers, onError } = this.#making
    const found = progress.find(each => each.subscription === subscription && each.topic === topic && each.partition === partition)
    const reader = new PartitionReader({
      log: environment.log, partition: { topic, partition }, subscription, progress: found, until: until.get(topic)?.[partition], onChunk: this.#wake, onError,
    })
    const key = `${topic}:${partition}`
    readers.set(key, [...(readers.get(key) ?? []), reader])
    return reader
  }

  #gate(input: InputPlan): () => boolean {
    return () => input.gates.every(this.#making.isOpen)
  }

  #endOf(topic: TopicPlan): (reader: PartitionReader) => boolean {
    const { plan, round, isEndless, hasEnded } = this.#making
    if (topic?.isShared) return () => !isEndless && topic.producers.every(hasEnded)
    const expected = plan.stages.filter(stage => topic.producers.includes(stage.name)).flatMap(stage => Array.from({ length: stage.lanes }, (_, lane) => `${stage.name}/${lane}`))
    return reader => expected.every(producer => reader.hasEnd(producer, round()))
  }

  readonly #wake = (): void => this.#making.wake(this.#stage.name)
}

/** A `.failed` stream gives failures, not the items that failed. */
function operatorsOf(input: InputPlan): readonly Operator[] {
  if (input.from.kind !== 'dead-letters') return input.operators
  const { stage } = input.from
  return [{ kind: 'failure', stage, failureOf }, ...input.operators]
}

function processorOf(stage: StagePlan, making: StageMaking, host: Host, feeds: readonly Feed[], policy: RetryPolicy, rollout: StagedRollout | undefined): Processor {
  switch (stage.kind) {
    case 'relay': return relayProcessor(stage, host)
    case 'sink': return sinkProcessor(stage, making, host)
    case 'reduce': return making.mapReducer ? mapReduceProcessor(stage, making.mapReducer, making, host, feeds) : reduceProcessor(stage, making, host)
    case 'batch': return batchProcessor(stage, making, host)
    case 'work': return readChunkWorker(stage.worker) && !stage.settings.threads && !stage.settings.processes ? chunkProcessor(stage, making, host) : workProcessor(stage, making, host, policy, rollout)
  }
}

function relayProcessor(_stage: RelayStage, host: Host): Processor {
  return new RelayProcessor(host)
}

/** Items of one write. */
const sinkItemsMax = 5_000

function sinkProcessor({ name, sink }: SinkStage, { environment, names, runId, epoch, signal }: StageMaking, host: Host): Processor {
  return new ChunkProcessor({
    host, log: environment.log, store: names.store(searchStore(name)), size: sinkItemsMax, concurrency: 1, keepsItems: true,
    run: (flight, units) => sink.write(sinkChunk(flight, units, { run: runId, subscription: names.subscription(name), epoch, signal })).then(() => undefined),
    finish: sink.finish && (() => sink.finish!('completed', runId)),
  })
}

function chunkProcessor(stage: WorkStage, making: StageMaking, host: Host): Processor {
  const { chunkWorker, size } = readChunkWorker(stage.worker)!
  const { concurrency = 1 } = stage.settings
  const context = stageContext(stage, making, 1)
  return new ChunkProcessor({
    host, log: making.environment.log, store: making.names.store(searchStore(stage.name)), size, concurrency: concurrency === 'auto' ? 1 : concurrency, keepsItems: false,
    run: async (flight, units) => chunkWorker(units.map(unit => flight.units.values[unit]), chunkContextOf(context, flight, units, making.signal)),
  })
}

function reduceProcessor(stage: ReduceStage, { environment, names, round, isEndless }: StageMaking, host: Host): Processor {
  const { name, reducer, isKeyed, emit = isEndless ? { every: '1s' as const } : 'at-end', version } = stage
  const emitEveryMs = emit === 'at-end' ? undefined : emit === 'each-change' ? 0 : millisecondsOf(emit.every, 'emit.every')
  const store = names.store(sumsStore(stage))
  return new ReduceProcessor({ host, log: environment.log, clock: environment.clock, reducer, isKeyed, emitEveryMs, store, cursorStore: names.store(`${name}/emitted/${version}`), unsaidStore: names.store(`${name}/unsaid/${version}`), round })
}

function mapReduceProcessor(stage: ReduceStage, mapReducer: MapReducer, making: StageMaking, host: Host, feeds: readonly Feed[]): Processor {
  const { environment: { log, clock, random }, names, epoch, round, signal } = making
  const policy = policyOf(stage)
  const stores = { runsStore: names.store(runsStore(stage)), singleStore: names.store(sumsStore(stage)), cursorStore: names.store(`${stage.name}/emitted/${stage.version}`) }
  return new MapReduceProcessor({
    host, mapReducer, epoch, signal, store: stores.runsStore,
    feeds: new Map(feeds.filter(feed => feed instanceof MapReduceFeed).map(feed => [feed.input, feed])),
    refuse: (error, before) => afterFailure(policy, before, error, clock.now(), random),
    emission: new MapReduceEmission({ log, mapReducer, epoch, round, signal, isKeyed: stage.isKeyed, ...stores }),
    single: single => reduceProcessor(stage, making, single),
  })
}

function batchProcessor({ name, until, isKeyed }: BatchStage, { environment, names }: StageMaking, host: Host): Processor {
  return new BatchProcessor({ host, log: environment.log, clock: environment.clock, bounds: boundsOf(name, until), isKeyed, store: names.store(`${name}/batches`) })
}

function workProcessor(stage: WorkStage, making: StageMaking, host: Host, policy: RetryPolicy, rollout: StagedRollout | undefined): Processor {
  const { settings } = stage
  const { environment, limiters } = making
  const concurrency = settings.concurrency === 'auto' || settings.concurrency === undefined ? defaultConcurrency : settings.concurrency
  const executor = environment.executorFor(stage, concurrency)
  const old = settings.rollout && environment.executorFor({ ...stage, worker: settings.rollout.from, version: 'old' }, concurrency)
  const { perSecond } = settings.perKey ?? {}
  return new WorkProcessor({
    host, clock: environment.clock, executor,
    executors: old && rollout && { old, isOld: (flight, unit) => rollout.versionOf(flight, unit) === 'old' },
    context: stageContext(stage, making, policy.attempts),
    limiters: limitsOf(stage).map(limiters),
    timeoutMs: settings.timeout === undefined ? undefined : millisecondsOf(settings.timeout, `timeout of '${stage.name}'`),
    isOrdered: settings.ordered === true,
    perKey: settings.ordered ? 1 : settings.perKey ? (settings.perKey.concurrency ?? Infinity) : undefined,
    keyLimiter: perSecond === undefined ? undefined : keyLimiters(perSecond, environment),
    lanes: stage.lanes,
    slotsPerLane: Math.max(1, executor.capacity - (stage.lanes - 1)),
  })
}

function limitsOf({ name, settings }: WorkStage) {
  const limits = settings.limit === undefined ? [] : [settings.limit].flat()
  return limits.map(limit => {
    const options = readLimit(limit)
    if (!options) throw new OptionError(`limit of '${name}'`, limit, "a limit made by limit('name', { concurrency, perSecond })")
    return { name: limit.name, ...options }
  })
}

/** Limiters of keys that rest are forgotten, a thousand at a time. */
function keyLimiters(perSecond: number, { clock }: Environment): (key: string) => Limiter {
  const byKey = new Map<string, Limiter>()
  return key => {
    const known = byKey.get(key)
    if (known) return known
    if (byKey.size >= 10_000) for (const [other, limiter] of byKey) if (limiter.isIdle) byKey.delete(other)
    const limiter = new Limiter({ perSecond }, clock)
    byKey.set(key, limiter)
    return limiter
  }
}

function stageContext(stage: WorkStage, { environment }: StageMaking, attempts: number): StageContext {
  return {
    stage: stage.name,
    attempts,
    abortable: new Set(),
    shardOf: lane => stage.shards[lane]?.name,
    onMessage: (id, level, message, data) => environment.onMessage({ stage: stage.name, id, level, message, data }),
  }
}

function logOf(environment: Environment, stage: string) {
  const say = (level: 'info' | 'warn' | 'error') => (message: string, data?: object) => environment.onMessage({ stage, id: '', level, message, data })
  return { info: say('info'), warn: say('warn'), error: say('error') }
}


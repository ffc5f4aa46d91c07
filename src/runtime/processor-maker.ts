// What a stage does with its units, by kind of stage.
import { OptionError } from '../model/errors.ts'
import type { MapReducer } from '../map-reducer.ts'
import { millisecondsOf } from '../model/values.ts'
import { workerOfCalls } from '../pipeline/chunk-call.ts'
import { readChunkWorker } from '../pipeline/chunk-worker.ts'
import { readLimit } from '../pipeline/limit.ts'
import type { BatchStage, ReduceStage, SinkStage, StagePlan, WorkStage } from '../plan/plan.ts'
import { boundsOf } from '../policies/batching.ts'
import { Limiter } from '../policies/limiter.ts'
import { afterFailure, type RetryPolicy } from '../policies/retry.ts'
import { BatchProcessor } from './batch-processor.ts'
import { chunkContextOf } from './chunk-context.ts'
import { callElsewhere } from './chunk-task.ts'
import { ChunkProcessor } from './chunk-processor.ts'
import type { Environment } from './environment.ts'
import type { Feed } from './feed.ts'
import type { Flight } from './flight.ts'
import { runsStore, sumsStore } from './map-reduce-choice.ts'
import { MapReduceEmission } from './map-reduce-emission.ts'
import { MapReduceFeed } from './map-reduce-feed.ts'
import { MapReduceProcessor } from './map-reduce-processor.ts'
import type { Host, Processor } from './processor.ts'
import { ReduceProcessor } from './reduce-processor.ts'
import { RelayProcessor } from './relay-processor.ts'
import { searchStore } from './search-notes.ts'
import { sinkChunk } from './sink-chunk.ts'
import type { StageMaking } from './stage-making.ts'
import type { StagedRollout } from './staged-rollout.ts'
import type { StageContext } from './unit-context.ts'
import { WorkProcessor } from './work-processor.ts'

/** Items at once in a stage of functions. */
const defaultConcurrency = 16

export interface ProcessorParts {
  readonly making: StageMaking
  readonly host: Host
  readonly feeds: readonly Feed[]
  readonly policy: RetryPolicy
  readonly rollout: StagedRollout | undefined
}

export function processorOf(stage: StagePlan, parts: ProcessorParts): Processor {
  const { making, host } = parts
  switch (stage.kind) {
    case 'relay': return new RelayProcessor(host)
    case 'sink': return sinkProcessor(stage, making, host)
    case 'reduce': return making.mapReducer ? mapReduceProcessor(stage, making.mapReducer, parts) : reduceProcessor(stage, making, host)
    case 'batch': return batchProcessor(stage, making, host)
    case 'work': return takesChunks(stage) ? chunkProcessor(stage, making, host) : workProcessor(stage, parts)
  }
}

/** Items of one write. */
const sinkItemsMax = 10_000

function sinkProcessor({ name, sink }: SinkStage, { environment, names, runId, epoch, signal }: StageMaking, host: Host): Processor {
  return new ChunkProcessor({
    host, log: environment.log, clock: environment.clock, store: names.store(searchStore(name)), size: sinkItemsMax, concurrency: () => 1, keepsItems: true,
    run: (flight, units) => sink.write(sinkChunk(flight, units, { run: runId, subscription: names.subscription(name), epoch: epoch(), signal })).then(() => undefined),
    finish: sink.finish && (() => sink.finish!('completed', runId)),
  })
}

/** In threads and processes a worker of chunks gets them whole where nothing is held for each item: what is goes item by item. */
function takesChunks({ worker, settings }: WorkStage): boolean {
  if (!readChunkWorker(worker)) return false
  return !runsElsewhere(settings) || (settings.limit === undefined && settings.perKey === undefined && !settings.ordered)
}

function runsElsewhere({ threads, processes }: WorkStage['settings']): boolean {
  return threads !== undefined || processes !== undefined
}

function chunkProcessor(stage: WorkStage, making: StageMaking, host: Host): Processor {
  const { environment, names, signal } = making
  const { chunkWorker, size } = readChunkWorker(stage.worker)!
  const concurrency = chunksAtOnce(stage.settings)
  const options = { host, log: environment.log, clock: environment.clock, store: names.store(searchStore(stage.name)), size, keepsItems: false }
  const context = stageContext(stage, making, 1)
  const contextOf = (flight: Flight, units: readonly number[]) => chunkContextOf(context, flight, units, signal)
  if (!runsElsewhere(stage.settings)) {
    return new ChunkProcessor({ ...options, concurrency: () => concurrency, run: async (flight, units) => chunkWorker(valuesOf(flight, units), contextOf(flight, units)) })
  }
  const executor = environment.executorFor({ ...stage, worker: workerOfCalls(stage.worker), calls: 'chunks' }, concurrency)
  const timeoutMs = timeoutOf(stage)
  return new ChunkProcessor({
    ...options, concurrency: () => executor.capacity, close: () => executor.close(), takeTimes: executor.takeTimes && (() => executor.takeTimes!()),
    run: (flight, units) => callElsewhere(executor, valuesOf(flight, units), contextOf(flight, units), timeoutMs),
  })
}

function chunksAtOnce({ concurrency = 1 }: WorkStage['settings']): number {
  return concurrency === 'auto' ? 1 : concurrency
}

function valuesOf(flight: Flight, units: readonly number[]): readonly unknown[] {
  return units.map(unit => flight.units.values[unit])
}

function timeoutOf({ name, settings: { timeout } }: WorkStage): number | undefined {
  return timeout === undefined ? undefined : millisecondsOf(timeout, `timeout of '${name}'`)
}

/** Where the stage is divided, each lane has its own keys, and stores of its own for them. */
function reduceProcessor(stage: ReduceStage, { environment, names, lanes, round, isEndless }: StageMaking, host: Host): Processor {
  const { name, reducer, isKeyed, emit = isEndless ? { every: '1s' as const } : 'at-end', version } = stage
  const emitEveryMs = emit === 'at-end' ? undefined : emit === 'each-change' ? 0 : millisecondsOf(emit.every, 'emit.every')
  const storeOf = (store: string) => names.store(stage.lanes > 1 ? `${store}/${lanes[0]}` : store)
  const [store, cursorStore, unsaidStore] = [sumsStore(stage), `${name}/emitted/${version}`, `${name}/unsaid/${version}`].map(storeOf) as [string, string, string]
  return new ReduceProcessor({ host, log: environment.log, clock: environment.clock, reducer, isKeyed, emitEveryMs, store, cursorStore, unsaidStore, round })
}

function mapReduceProcessor(stage: ReduceStage, mapReducer: MapReducer, { making, host, feeds, policy }: ProcessorParts): Processor {
  const { environment: { log, clock, random }, names, round, signal } = making
  const epoch = making.epoch()
  const stores = { runsStore: names.store(runsStore(stage)), singleStore: names.store(sumsStore(stage)), cursorStore: names.store(`${stage.name}/emitted/${stage.version}`) }
  return new MapReduceProcessor({
    host, clock, mapReducer, epoch, signal, store: stores.runsStore,
    feeds: new Map(feeds.filter(feed => feed instanceof MapReduceFeed).map(feed => [feed.input, feed])),
    refuse: (error, before) => afterFailure(policy, before, error, clock.now(), random),
    emission: new MapReduceEmission({ log, mapReducer, epoch, round, signal, isKeyed: stage.isKeyed, ...stores }),
    single: single => reduceProcessor(stage, making, single),
  })
}

function batchProcessor({ name, until, isKeyed }: BatchStage, { environment, names }: StageMaking, host: Host): Processor {
  return new BatchProcessor({ host, log: environment.log, clock: environment.clock, bounds: boundsOf(name, until), isKeyed, store: names.store(`${name}/batches`) })
}

function workProcessor(stage: WorkStage, { making, host, policy, rollout }: ProcessorParts): Processor {
  const { settings } = stage
  const { environment, limiters, lanes } = making
  const concurrency = settings.concurrency === 'auto' || settings.concurrency === undefined ? defaultConcurrency : settings.concurrency
  const executor = environment.executorFor(stage, concurrency)
  const old = settings.rollout && environment.executorFor({ ...stage, worker: settings.rollout.from, version: 'old' }, concurrency)
  const { perSecond } = settings.perKey ?? {}
  const slots = making.slots?.(executor.capacity)
  return new WorkProcessor({
    host, clock: environment.clock, executor,
    executors: old && rollout && { old, isOld: (flight, unit) => rollout.versionOf(flight, unit) === 'old' },
    context: stageContext(stage, making, policy.attempts),
    limiters: [...(slots ? [slots] : []), ...limitsOf(stage).map(limiters)],
    timeoutMs: timeoutOf(stage),
    isOrdered: settings.ordered === true,
    perKey: settings.ordered ? 1 : settings.perKey ? (settings.perKey.concurrency ?? Infinity) : undefined,
    keyLimiter: perSecond === undefined ? undefined : keyLimiters(perSecond, environment),
    lanes: stage.lanes,
    otherLanes: lanes.length - 1,
    slots,
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


// From a pipeline and its parameters to a run: a new one, or the one that the same call began and did not finish.
import type { Log } from '../log.ts'
import { BatchworkError, LogError, PlanError } from '../model/errors.ts'
import { buildGraph, paramsOf } from '../pipeline/build.ts'
import { readPipeline, type Pipeline, type PipelineInternals } from '../pipeline/pipeline.ts'
import { levels, type Plan } from '../plan/plan.ts'
import type { Dividing } from '../plan/dividing.ts'
import { planOf } from '../plan/planner.ts'
import { pipelinesIn } from '../plan/resolve.ts'
import { checkSamePlan, forgetRun, isComplete, nextRun, runsOf, takenUp, unfinished, type RunRecord } from '../runtime/control.ts'
import type { Environment, Limiters, WorkerMessage } from '../runtime/environment.ts'
import { ownerOf } from '../runtime/ownership.ts'
import { partOf, type Part } from '../runtime/part.ts'
import { Run } from '../runtime/run.ts'
import { forgetShuffles } from '../shuffle/folder.ts'
import { executorFor } from './executors.ts'
import { limitersOn } from './limiters.ts'
import { mapReducersFor } from './map-reducers.ts'
import { realClock } from './real-clock.ts'

export interface OpenOptions {
  readonly params?: unknown
  readonly isEndless: boolean
  readonly fresh?: boolean | undefined
  readonly upgrade?: boolean | undefined
  /** Of all runs that are opened under this name, only the first is begun. */
  readonly once?: string | undefined
  /** Takes part in these alone. */
  readonly stages?: readonly string[] | undefined
  readonly onProgress?: ((progress: { readonly stages: Run['counts'] }) => void) | undefined
  readonly onMessage?: ((message: WorkerMessage) => void) | undefined
  readonly environment: Partial<Environment>
  /** Default: limits of this run's own. */
  readonly limiters?: Limiters | undefined
}

/** A pipeline that never ends is one run. */
const endlessRun = 0
/** After so many processes that vanished, workers run in a process of their own, where the item that kills it is found. */
const vanishedMax = 2

/** Finished runs whose results, failures and history are kept. */
const runsKept = 10

export function planFor(pipeline: Pipeline<any, any>, params?: unknown, dividing?: Dividing): Plan {
  const { tolerate, work } = readPipeline(pipeline)!.options
  return planOf(buildGraph(pipeline, params), { tolerate, work, dividing })
}

export async function openRun(log: Log, pipeline: Pipeline<any, any>, options: OpenOptions): Promise<Run> {
  const internals = readPipeline(pipeline)
  if (!internals) throw new BatchworkError('NO_PIPELINE', "run needs a pipeline made by pipeline('name', flow => ...)")
  const clock = options.environment.clock ?? realClock
  const params = paramsOf(pipeline, options.params)
  const dividing = await dividingOn(log, internals.name, params, options)
  const plan = planFor(pipeline, options.params, dividing)
  if (options.isEndless) checkEndless(plan)
  const part = partIn(log, plan, options.stages)
  const { record, isResumed } = await chooseRun(log, plan, params, options, clock.now())
  let mayIsolate = record.vanished >= vanishedMax && (await isExported(internals))
  // Where several take part, one may vanish later on. Not waited for: the module may be waiting for this run.
  if (log.parts !== undefined) void isExported(internals).then(isIt => { mayIsolate = isIt }, () => {})
  const isolates = () => mayIsolate && run.record.vanished >= vanishedMax
  const onMessage = options.onMessage ?? (() => {})
  const environment: Environment = {
    clock, log, random: Math.random,
    executorFor: executorFor({ pipeline: internals.name, module: internals.module, params: options.params, isolates }),
    mapReducerFor: mapReducersFor(log, { pipeline: internals.name, module: internals.module, params: options.params }, onMessage),
    onMessage,
    ...options.environment,
  }
  const run: Run = new Run({
    plan, run: { ...record, parts: dividing?.parts, stages: plan.stages.map(stage => stage.name) }, environment, limiters: options.limiters ?? limitersOn(clock), isEndless: options.isEndless, isResumed, part,
    onChange: () => options.onProgress?.({ stages: run.counts }),
    onTrouble: error => environment.onMessage({ stage: '', id: '', level: 'error', message: error.message }),
  })
  if (isolates()) environment.onMessage({ stage: '', id: '', level: 'warn', message: `the last ${record.vanished} processes of this run vanished: workers now run in a process of their own, so that an item which kills it is found and set aside` })
  await run.start()
  return run
}

function partIn(log: Log, plan: Plan, stages: readonly string[] | undefined): Part | undefined {
  if (stages === undefined || stages.length === 0) return undefined
  if (log.parts === undefined) throw new BatchworkError('USAGE', `stages ${stages.map(stage => `'${stage}'`).join(', ')} were named to take part in alone, but on this engine one process has the whole run; give --engine kafka://..., or leave --stages out`)
  return partOf(plan, stages)
}

/** What waits for the end of a stream that has none would wait for ever. Throws PlanError. */
export function checkEndless({ stages, barriers }: Plan): void {
  const [barrier] = barriers
  if (barrier) throw new PlanError(barrier.name, barrier.at, `barrier '${barrier.name}' waits until all before it is done, and a pipeline that is started never is; use 'run', or leave the barrier out`)
  const reduce = stages.find(stage => stage.kind === 'reduce' && stage.emit === 'at-end')
  if (reduce) throw new PlanError(reduce.name, reduce.at, `'${reduce.name}' gives its result at the end, and a pipeline that is started has none; use 'run', or emit: 'each-change' or { every: '1s' }`)
}

/** A run keeps the parts it began with, and a topic those that it has. */
async function dividingOn(log: Log, pipeline: string, params: unknown, options: OpenOptions): Promise<Dividing | undefined> {
  if (log.parts === undefined) return undefined
  const [runs, topics] = await Promise.all([runsOf(log, pipeline), log.topics()])
  const named = options.once === undefined ? undefined : runs.findLast(run => run.once === options.once)
  const before = options.isEndless ? runs.find(run => run.number === endlessRun) : options.fresh ? undefined : named ?? unfinished(runs.filter(run => run.number !== endlessRun), params)
  const partitions = new Map(topics.map(topic => [topic.name, topic.partitions]))
  return { parts: before?.parts ?? log.parts, shardsOf: topic => partitions.has(topic) ? Math.max(1, Math.floor(partitions.get(topic)! / levels.length)) : undefined }
}

async function isExported({ module, name }: PipelineInternals): Promise<boolean> {
  return module !== undefined && pipelinesIn((await import(module)) as Readonly<Record<string, unknown>>).some(each => each.name === name)
}

async function chooseRun(log: Log, plan: Plan, params: unknown, { isEndless, fresh, upgrade, once }: OpenOptions, now: number): Promise<{ readonly record: RunRecord; readonly isResumed: boolean }> {
  const runs = await runsOf(log, plan.pipeline)
  if (isEndless) {
    const before = runs.find(run => run.number === endlessRun)
    return { record: before ? takenUp(log, before, plan.hash) : { ...nextRun([], params, plan.hash, now), number: endlessRun }, isResumed: false }
  }
  const named = once === undefined ? undefined : runs.findLast(run => run.once === once)
  // It ends at once, for it finds that it is over.
  if (named && isComplete(named)) return { record: named, isResumed: false }
  const name = once === undefined ? {} : { once }
  const open = unfinished(runs.filter(run => run.number !== endlessRun), params)
  if (open && !fresh) {
    if (!upgrade) checkSamePlan(plan.pipeline, open, plan.hash)
    return { record: { ...takenUp(log, open, plan.hash), ...name }, isResumed: true }
  }
  if (open) await refuseWhileRunning(log, plan.pipeline, open)
  const finished = runs.filter(run => run.number !== endlessRun && run !== open)
  await forget(log, plan.pipeline, [...(open ? [open] : []), ...finished.slice(0, Math.max(0, finished.length - runsKept))])
  return { record: { ...nextRun(runs, params, plan.hash, now), ...name }, isResumed: false }
}

async function refuseWhileRunning(log: Log, pipeline: string, { number }: RunRecord): Promise<void> {
  const processes = (await log.membersOf?.(`${pipeline}/${number}`)) ?? 0
  if (processes > 0) throw new LogError('LOCKED', `run ${number} of '${pipeline}' is being worked on by ${processes === 1 ? 'another process' : `${processes} processes`}; stop ${processes === 1 ? 'it' : 'them'} first, or leave out --fresh to take part`)
}

/** Removes runs with all their topics and state. */
async function forget(log: Log, pipeline: string, runs: readonly RunRecord[]): Promise<void> {
  if (runs.length === 0) return
  const scopes = runs.map(run => `${pipeline}/${run.number}/`)
  const topics = (await log.topics()).map(({ name }) => name).filter(name => scopes.some(scope => name.startsWith(scope)))
  await log.deleteTopics(topics)
  if (log.folder !== undefined) await forgetShuffles(log.folder, runs.map(run => `${pipeline}/${run.number}`))
  const { membership, epoch } = await ownerOf(log, pipeline, [])
  await log.commit({ epoch, appends: [], progress: [], state: runs.map(run => forgetRun(pipeline, run)) })
  await membership.leave()
}

// From a pipeline and its parameters to a run: a new one, or the one that the same call began and did not finish.
import type { Log } from '../log.ts'
import { BatchworkError } from '../model/errors.ts'
import { buildGraph, paramsOf } from '../pipeline/build.ts'
import { readPipeline, type Pipeline } from '../pipeline/pipeline.ts'
import type { Plan } from '../plan/plan.ts'
import { planOf } from '../plan/planner.ts'
import { checkSamePlan, forgetRun, nextRun, runsOf, unfinished, type RunRecord } from '../runtime/control.ts'
import type { Environment, WorkerMessage } from '../runtime/environment.ts'
import { Run } from '../runtime/run.ts'
import { executorFor } from './executors.ts'
import { realClock } from './real-clock.ts'

export interface OpenOptions {
  readonly params?: unknown
  readonly isEndless: boolean
  readonly fresh?: boolean | undefined
  readonly upgrade?: boolean | undefined
  readonly onProgress?: ((progress: { readonly stages: Run['counts'] }) => void) | undefined
  readonly onMessage?: ((message: WorkerMessage) => void) | undefined
  readonly environment: Partial<Environment>
}

/** Finished runs whose results, failures and history are kept. */
const runsKept = 10

export function planFor(pipeline: Pipeline<any, any>, params?: unknown): Plan {
  const { tolerate, work } = readPipeline(pipeline)!.options
  return planOf(buildGraph(pipeline, params), { tolerate, work })
}

export async function openRun(log: Log, pipeline: Pipeline<any, any>, options: OpenOptions): Promise<Run> {
  const internals = readPipeline(pipeline)
  if (!internals) throw new BatchworkError('NO_PIPELINE', "run needs a pipeline made by pipeline('name', flow => ...)")
  const clock = options.environment.clock ?? realClock
  const params = paramsOf(pipeline, options.params)
  const plan = planFor(pipeline, options.params)
  const { record, isResumed } = await chooseRun(log, plan, params, options, clock.now())
  const environment: Environment = {
    clock, log, random: Math.random,
    executorFor: executorFor({ pipeline: internals.name, module: internals.module, params: options.params }),
    onMessage: options.onMessage ?? (() => {}),
    ...options.environment,
  }
  const run: Run = new Run({
    plan, run: record, environment, isEndless: options.isEndless, isResumed,
    onChange: () => options.onProgress?.({ stages: run.counts }),
    onTrouble: error => environment.onMessage({ stage: '', id: '', level: 'error', message: error.message }),
  })
  await run.start()
  return run
}

async function chooseRun(log: Log, plan: Plan, params: unknown, { isEndless, fresh, upgrade }: OpenOptions, now: number): Promise<{ readonly record: RunRecord; readonly isResumed: boolean }> {
  const runs = await runsOf(log, plan.pipeline)
  if (isEndless) return { record: { ...nextRun(runs, params, plan.hash, now), number: 0 }, isResumed: false }
  const open = unfinished(runs, params)
  if (open && !fresh) {
    if (!upgrade) checkSamePlan(plan.pipeline, open, plan.hash)
    return { record: { ...open, hash: plan.hash }, isResumed: true }
  }
  const finished = runs.filter(run => run.number > 0 && run !== open)
  await forget(log, plan.pipeline, [...(open ? [open] : []), ...finished.slice(0, Math.max(0, finished.length - runsKept))])
  return { record: nextRun(runs, params, plan.hash, now), isResumed: false }
}

/** Removes runs with all their topics and state. */
async function forget(log: Log, pipeline: string, runs: readonly RunRecord[]): Promise<void> {
  if (runs.length === 0) return
  const scopes = runs.map(run => `${pipeline}/${run.number}/`)
  const topics = (await log.topics()).map(({ name }) => name).filter(name => scopes.some(scope => name.startsWith(scope)))
  await log.deleteTopics(topics)
  let epoch = 0
  const membership = await log.join(pipeline, [], { assigned: (_, given) => (epoch = given), revoked: () => {} })
  await log.commit({ epoch, appends: [], progress: [], state: runs.map(run => forgetRun(pipeline, run)) })
  await membership.leave()
}

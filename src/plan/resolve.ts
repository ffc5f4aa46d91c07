// Finds a stage's worker in a pipeline module: what every worker thread and process does when it starts.
import type { WorkerReference } from '../executor.ts'
import { BatchworkError } from '../model/errors.ts'
import type { Worker } from '../model/worker.ts'
import { buildGraph } from '../pipeline/build.ts'
import { readPipeline, type Pipeline } from '../pipeline/pipeline.ts'
import type { Plan } from './plan.ts'
import { planOf } from './planner.ts'

export async function resolveWorker(reference: WorkerReference): Promise<Worker<unknown, unknown>> {
  const { module, pipeline, stage, version } = reference
  const { stages } = await resolvePlan(reference)
  const work = stages.find(each => each.name === stage)
  if (work?.kind !== 'work') throw new BatchworkError('NO_STAGE', `pipeline '${pipeline}' in ${module} has no work stage '${stage}'; does its build function depend on something that differs between threads?`)
  return version === 'old' ? (work.settings.rollout?.from ?? work.worker) : work.worker
}

/** The plan of an exported pipeline, as this thread or process builds it. */
export async function resolvePlan({ module, pipeline, params }: Omit<WorkerReference, 'stage'>): Promise<Plan> {
  const exports = (await import(module)) as Readonly<Record<string, unknown>>
  const found = pipelinesIn(exports).find(each => each.name === pipeline)
  if (!found) throw new BatchworkError('NOT_EXPORTED', `pipeline '${pipeline}' is not exported from ${module}: threads and processes import the module and look for it there; export it`)
  return planOf(buildGraph(found, params), {})
}

/** The pipelines a module exports, by default or by name. */
export function pipelinesIn(exports: Readonly<Record<string, unknown>>): readonly Pipeline<any, any>[] {
  return [...new Set(Object.values(exports))].filter((value): value is Pipeline<any, any> => readPipeline(value) !== undefined)
}

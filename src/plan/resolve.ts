// Finds a stage's worker in a pipeline module: what every worker thread and process does when it starts.
import type { WorkerReference } from '../executor.ts'
import { BatchworkError } from '../model/errors.ts'
import type { Worker } from '../model/worker.ts'
import { buildGraph } from '../pipeline/build.ts'
import { readPipeline, type Pipeline } from '../pipeline/pipeline.ts'
import { planOf } from './planner.ts'

export async function resolveWorker({ module, pipeline, params, stage }: WorkerReference): Promise<Worker<unknown, unknown>> {
  const exports = (await import(module)) as Readonly<Record<string, unknown>>
  const found = pipelinesIn(exports).find(each => each.name === pipeline)
  if (!found) throw new BatchworkError('NOT_EXPORTED', `pipeline '${pipeline}' is not exported from ${module}: threads and processes import the module and look for it there; export it`)
  const plan = planOf(buildGraph(found, params), {})
  const work = plan.stages.find(each => each.name === stage)
  if (work?.kind !== 'work') throw new BatchworkError('NO_STAGE', `pipeline '${pipeline}' in ${module} has no work stage '${stage}'; does its build function depend on something that differs between threads?`)
  return work.worker
}

/** The pipelines a module exports, by default or by name. */
export function pipelinesIn(exports: Readonly<Record<string, unknown>>): readonly Pipeline<any, any>[] {
  return [...new Set(Object.values(exports))].filter((value): value is Pipeline<any, any> => readPipeline(value) !== undefined)
}

// The map and merge tasks of a stage as a worker, for the executors to run: in a thread, which imports the pipeline by itself, or in this one.
// Tasks and answers are plain data.
import type { WorkerReference } from '../executor.ts'
import { toWire, type WireError } from '../executors/pool/wire-error.ts'
import type { MapFailure, Mapped, MapTask, MergeGroup, RunPart } from '../map-reducer.ts'
import { BatchworkError } from '../model/errors.ts'
import type { Worker } from '../model/worker.ts'
import type { Plan, ReduceStage } from '../plan/plan.ts'
import { resolvePlan } from '../plan/resolve.ts'
import { KeyTable, SoleSum, type Combiner } from './key-table.ts'
import { mapSplits } from './mapping.ts'
import { mergeSections } from './merging.ts'

export type ShuffleTask = { readonly hash: string; readonly folder: string } & (
  | { readonly kind: 'map'; readonly task: MapTask; readonly memoryBytes: number }
  | { readonly kind: 'merge'; readonly group: MergeGroup; readonly sections: readonly (readonly RunPart[])[] }
)

/** What `map` answers: errors as data, since what is no plain value does not travel. */
export interface MappedMessage extends Omit<Mapped, 'failures'> {
  readonly failures: readonly (Omit<MapFailure, 'error'> & { readonly error: WireError })[]
}

/** What a thread imports. Throws BatchworkError 'NOT_IMPORTABLE' where the pipeline's module cannot be used in a thread. */
export async function resolveMapReduce(reference: WorkerReference): Promise<Worker<unknown, unknown>> {
  const { module, pipeline, stage } = reference
  const plan = await resolvePlan(reference).catch((error: unknown) => {
    throw new BatchworkError('NOT_IMPORTABLE', `pipeline '${pipeline}' cannot be used in a thread: importing ${module} there failed: ${(error as Error)?.message ?? String(error)}`, { cause: error })
  })
  const found = plan.stages.find(each => each.name === stage)
  return mapReduceWorker(plan.hash, found?.kind === 'reduce' ? found : undefined)
}

export function mapReduceWorker(hash: string, stage: ReduceStage | undefined): Worker<any, unknown> {
  const idle: Combiner[] = []
  return async (given: ShuffleTask, context): Promise<unknown> => {
    if (!stage || given.hash !== hash) throw differs(context.stage, given.hash, hash)
    if (given.kind === 'merge') {
      idle.length = 0 // all is mapped
      return mergeSections(stage, given.group, given.sections, given.folder)
    }
    const combiner = idle.pop() ?? combinerOf(stage, given.memoryBytes)
    const mapped = await mapSplits(stage, given.task, combiner, given.folder, context)
    idle.push(combiner)
    return { ...mapped, failures: mapped.failures.map(failure => ({ ...failure, error: toWire(failure.error) })) } satisfies MappedMessage
  }
}

function combinerOf({ reducer, isKeyed }: ReduceStage, memoryBytes: number): Combiner {
  return isKeyed ? new KeyTable(reducer, memoryBytes, memoryBytes / 4) : new SoleSum(reducer)
}

function differs(stage: string, expected: string, found: Plan['hash']): BatchworkError {
  return new BatchworkError('PLAN_DIFFERS', `stage '${stage}': the pipeline that a thread built is not the one this process runs (${found}, not ${expected}): its build function depends on something that differs between threads, such as a variable set at run time. Pass such things as params`)
}

// Chooses where a stage's worker runs.
import { availableParallelism } from 'node:os'
import type { Executor } from '../executor.ts'
import { ChunkAnswers } from '../executors/chunk-answers.ts'
import { inlineExecutor } from '../executors/inline.ts'
import { processExecutor } from '../executors/processes.ts'
import type { Loader } from '../executors/pool/messages.ts'
import { threadExecutor } from '../executors/threads.ts'
import { BatchworkError } from '../model/errors.ts'
import { entryFile } from '../model/own-files.ts'
import { bytesOf } from '../model/values.ts'
import type { WorkStage } from '../plan/plan.ts'

export interface ModuleOfPipeline {
  readonly pipeline: string
  readonly module: string | undefined
  readonly params: unknown
  /** Functions that would run in this process run in one of their own. */
  readonly isolates: () => boolean
}

const loader: Loader = { module: entryFile('plan/resolve').href, name: 'resolveWorker' }
const chunkLoader: Loader = { module: entryFile('executors/chunk-answers').href, name: 'resolveChunkWorker' }

export function executorFor(place: ModuleOfPipeline): (stage: WorkStage, concurrency: number) => Executor {
  const [single, chunks] = [executorWith(loader, place), executorWith(chunkLoader, place)]
  return (stage, concurrency) => (stage.calls === 'chunks' ? new ChunkAnswers(chunks(stage, concurrency)) : single(stage, concurrency))
}

function executorWith(loader: Loader, { pipeline, module, params, isolates }: ModuleOfPipeline): (stage: WorkStage, concurrency: number) => Executor {
  return ({ name, worker, settings, version }, concurrency) => {
    const { threads } = settings
    const processes = isolates() && threads === undefined ? (settings.processes ?? 1) : settings.processes
    if (threads === undefined && processes === undefined) return inlineExecutor(worker as never, concurrency)
    if (!module) throw new BatchworkError('NO_MODULE', `stage '${name}' runs in threads or processes, which import the pipeline's module, but pipeline '${pipeline}' was not made in a file`)
    const reference = { module, pipeline, params, stage: name, version }
    const memory = settings.memory === undefined ? undefined : bytesOf(settings.memory, `memory of '${name}'`)
    const members = countOf(threads ?? processes!)
    const each = settings.concurrency === undefined ? 1 : Math.max(1, Math.ceil(concurrency / members))
    return threads === undefined
      ? processExecutor({ processes: members, perProcess: each, reference, loader, memory })
      : threadExecutor({ threads: members, perThread: each, reference, loader, memory })
  }
}

/** Beside this folder, built or not. */
function countOf(count: number | 'auto'): number {
  return count === 'auto' ? availableParallelism() : count
}

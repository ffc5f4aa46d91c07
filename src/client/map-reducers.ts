// Chooses where a stage maps and reduces its source: in threads that import the pipeline's module, or here where they cannot.
import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import type { Executor } from '../executor.ts'
import { inlineExecutor } from '../executors/inline.ts'
import { threadExecutor } from '../executors/threads.ts'
import type { Log } from '../log.ts'
import { BatchworkError } from '../model/errors.ts'
import { entryFile } from '../model/own-files.ts'
import { bytesOf } from '../model/values.ts'
import type { ReduceStage } from '../plan/plan.ts'
import type { Environment } from '../runtime/environment.ts'
import { ExecutedMapReducer } from '../shuffle/executed.ts'
import { shuffleFolder } from '../shuffle/folder.ts'
import { mapReduceWorker } from '../shuffle/worker.ts'
import type { ModuleOfPipeline } from './executors.ts'

const loader = { module: entryFile('shuffle/worker').href, name: 'resolveMapReduce' }

const defaultMemory = '256MB'
/** Bytes of a thread's heap beside its sums: the user's module, blocks on their way. Without a limit V8 lets garbage pile up to gigabytes. */
const beside = 128_000_000

/** Undefined where the log has no folder on this machine to keep run files in. */
export function mapReducersFor({ folder }: Log, pipeline: Omit<ModuleOfPipeline, 'isolates'>, onMessage: Environment['onMessage']): Environment['mapReducerFor'] {
  if (folder === undefined) return undefined
  return (stage, { scope, hash }) => {
    const { name, isKeyed, threads = 'auto', memory = defaultMemory } = stage
    const say = (level: 'info' | 'warn' | 'error') => (message: string, data?: object) => onMessage({ stage: name, id: '', level, message, data })
    const count = threads === 'auto' ? availableParallelism() : threads
    const memoryBytes = bytesOf(memory, `memory of '${name}'`)
    return new ExecutedMapReducer({
      stage: name, hash, isKeyed, folder: shuffleFolder(folder, scope, name), threads: count, memoryBytes,
      executor: threadsOf(stage, count, memoryBytes / count + beside, pipeline), inline: () => inlineExecutor(mapReduceWorker(hash, stage), 1), log: { info: say('info'), warn: say('warn'), error: say('error') },
    })
  }
}

function threadsOf({ name }: ReduceStage, threads: number, memory: number, { pipeline, module, params }: Omit<ModuleOfPipeline, 'isolates'>): Executor {
  if (module === undefined) return refusing(`pipeline '${pipeline}' was not made in a file`)
  // A thread that imports the program that was started would start it again.
  if (process.argv[1] !== undefined && module === pathToFileURL(process.argv[1]).href) return refusing(`pipeline '${pipeline}' is made in ${module}, the program that was started, and threads would start it again`)
  return threadExecutor({ threads, perThread: 1, reference: { module, pipeline, params, stage: name }, loader, memory })
}

/** Stands in for threads that cannot be. */
function refusing(why: string): Executor {
  return { capacity: 1, start: task => task.fail(new BatchworkError('NOT_IMPORTABLE', why)), close: async () => {} }
}

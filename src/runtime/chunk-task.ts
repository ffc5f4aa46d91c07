// A chunk given to a thread or process: one task, however many items.
import type { Executor } from '../executor.ts'
import type { ChunkContext, Context } from '../model/worker.ts'
import { chunkCallOf } from '../pipeline/chunk-call.ts'

/** Gives what the worker gave. Never answers for what its executor was closed under: that runs again wherever its items are taken up. */
export function callElsewhere(executor: Executor, values: readonly unknown[], context: ChunkContext, timeoutMs: number | undefined): Promise<readonly unknown[] | void> {
  return new Promise((resolve, reject) => executor.start({
    value: chunkCallOf(values, context.items), context: contextOfTask(context), timeoutMs,
    settle: outcome => resolve(outcome as readonly unknown[] | void),
    fail: error => { if ((error as { code?: unknown } | undefined)?.code !== 'CLOSED') reject(error) },
  }))
}

/** What is an item's own is in the call. */
function contextOfTask({ id, stage, shard, signal, log, progress, items }: ChunkContext): Context {
  return { id, stage, shard, signal, log, progress, key: undefined, time: items[0]!.time, headers: {}, origin: id, attempt: 1, attempts: 1 }
}

// The race: several workers do the same item at once; the first success wins and the rest are told to stop.
import { PermanentError } from '../model/errors.ts'
import { RetryLater } from '../model/retry-later.ts'
import type { Context, Worker } from '../model/worker.ts'
import { looseCall, refuse } from '../pipeline/call.ts'
import { aFunction, checkArgument } from '../pipeline/checks.ts'
import { contest } from './contest.ts'

/**
 * One worker from several that do the same: the first success is the result, and the signals of the others are aborted. Where all fail,
 * the item fails once, with an AggregateError of all errors: for good if each of them is a PermanentError, later if all are that or a
 * RetryLater (the soonest counts), and by the stage's retries otherwise. Throws PlanError.
 *
 *     stream.work('encode', race(encodeOnGpu, encodeOnCpu))
 */
export function race<T, R>(...workers: [Worker<T, R>, Worker<T, R>, ...Worker<T, R>[]]): Worker<T, R> {
  const call = looseCall('race()')
  if (workers.length < 2) refuse(call, `has ${workers.length} workers; give at least two, or the one worker itself`)
  workers.forEach((worker, index) => checkArgument(call, worker, `worker ${index + 1}`, aFunction))
  return (item, context) => run(workers, item, context)
}

async function run<T, R>(workers: readonly Worker<T, R>[], item: T, context: Context): Promise<R> {
  const { contestants, release } = contest(workers, item, context)
  try {
    const { result, winner } = await Promise.any(contestants.map(async contestant => ({ result: await contestant.result, winner: contestant })))
    for (const contestant of contestants) if (contestant !== winner) contestant.abort(new Error('another worker of the race was first'))
    return result
  } catch (error) {
    context.signal.throwIfAborted()
    throw allFailed(workers, (error as AggregateError).errors)
  } finally {
    release()
  }
}

function allFailed(workers: readonly Worker<never, unknown>[], errors: readonly unknown[]): Error {
  const reasons = errors.map((error, index) => `${workers[index]!.name || index + 1}: ${error instanceof Error ? error.message : String(error)}`)
  const all = new AggregateError(errors, `all ${errors.length} workers of the race failed: ${reasons.join('; ')}`)
  if (errors.every(error => error instanceof PermanentError)) return new PermanentError(all.message, { cause: all })
  if (!errors.every(error => error instanceof PermanentError || error instanceof RetryLater)) return all
  const afterMs = Math.min(...errors.filter(error => error instanceof RetryLater).map(error => error.afterMs))
  return new RetryLater(all.message, { after: `${afterMs}ms`, cause: all })
}

// The multi-worker: several reusable workers in one, each seeing the output of the one before. As long as they are synchronous, so is it.
import type { Context, Passed, Worker } from '../model/worker.ts'
import { looseCall, refuse } from '../pipeline/call.ts'
import { aFunction, checkArgument } from '../pipeline/checks.ts'
import { isThenable } from './thenable.ts'

type AnyWorker = Worker<any, any>

/**
 * One worker from several: each gets what the one before gave; one that gives nothing passes its own item on. What a part throws comes
 * out as it is, with the part named at the end of its message. After a part that waits, an aborted signal stops the next. Throws PlanError.
 *
 *     stream.work('blur', multiWorker(detectPlates, blurPlates))
 */
export function multiWorker<A, B, C>(first: Worker<A, B>, second: Worker<Passed<A, B>, C>): Worker<A, Passed<Passed<A, B>, C>>
export function multiWorker<A, B, C, D>(
  first: Worker<A, B>, second: Worker<Passed<A, B>, C>, third: Worker<Passed<Passed<A, B>, C>, D>,
): Worker<A, Passed<Passed<Passed<A, B>, C>, D>>
export function multiWorker(...parts: readonly AnyWorker[]): AnyWorker {
  const call = looseCall('multiWorker()')
  if (parts.length < 2) refuse(call, `has ${parts.length} workers; give at least two, or the one worker itself`)
  parts.forEach((part, index) => checkArgument(call, part, `worker ${index + 1}`, aFunction))
  return (item, context) => runFrom(0, parts, item, context)
}

function runFrom(start: number, parts: readonly AnyWorker[], item: unknown, context: Context): unknown {
  let current = item
  for (let index = start; index < parts.length; index++) {
    const result = callPart(index, parts, current, context)
    if (isThenable(result)) return goOn(index, parts, current, result, context)
    if (result !== undefined) current = result
  }
  return current
}

function callPart(index: number, parts: readonly AnyWorker[], item: unknown, context: Context): unknown {
  try {
    return parts[index]!(item, context)
  } catch (error) {
    throw namingPart(error, index, parts, context)
  }
}

async function goOn(index: number, parts: readonly AnyWorker[], item: unknown, pending: PromiseLike<unknown>, context: Context): Promise<unknown> {
  let result: unknown
  try {
    result = await pending
  } catch (error) {
    throw namingPart(error, index, parts, context)
  }
  if (index + 1 < parts.length) context.signal.throwIfAborted()
  return runFrom(index + 1, parts, result === undefined ? item : result, context)
}

const named = new WeakSet<Error>()

/**
 * The same error, for its class and identity say what to do with the item. The reason of an abort is shared by other items, and stays
 * as it is; so does an error whose message cannot be changed.
 */
function namingPart(error: unknown, index: number, parts: readonly AnyWorker[], { signal }: Context): unknown {
  if (!(error instanceof Error) || named.has(error) || error === signal?.reason) return error
  if (Object.getOwnPropertyDescriptor(error, 'message')?.writable !== true) return error
  named.add(error)
  const { name } = parts[index]!
  error.message += ` (in ${name ? `'${name}', ` : ''}part ${index + 1} of ${parts.length})`
  return error
}

// Agreement: two workers do the same item, and a difference between their results is a failure.
import { inspect, isDeepStrictEqual } from 'node:util'
import { BatchworkError } from '../model/errors.ts'
import type { Context, Worker } from '../model/worker.ts'
import { looseCall } from '../pipeline/call.ts'
import { aFunction, checkArgument } from '../pipeline/checks.ts'
import { contest } from './contest.ts'

/** Two workers gave different results for one item. Its message shows both, shortened to where they differ. */
export class DisagreementError extends BatchworkError {
  readonly first: unknown
  readonly second: unknown

  constructor(first: unknown, second: unknown) {
    const [one, other] = excerpts(textOf(first), textOf(second))
    super('DISAGREEMENT', `two workers disagree: the first gave ${one}, the second ${other}; correct one of them, or say with agree(..., equal) what counts as equal`)
    this.first = first
    this.second = second
  }
}

/**
 * One worker from two that do the same: the result is the first's, if both are equal; else a DisagreementError. Where one fails, that is
 * the failure, and the signal of the other is aborted. `equal` defaults to deep equality (isDeepStrictEqual of node:util). Throws PlanError.
 *
 *     stream.work('total', agree(totalBySum, totalByLedger, (a, b) => Math.abs(a - b) < 0.01))
 */
export function agree<T, R>(first: Worker<T, R>, second: Worker<T, R>, equal: (a: R, b: R) => boolean = isDeepStrictEqual): Worker<T, R> {
  const call = looseCall('agree()')
  checkArgument(call, first, 'the first worker', aFunction)
  checkArgument(call, second, 'the second worker', aFunction)
  checkArgument(call, equal, 'equal', aFunction)
  return (item, context) => run([first, second], equal, item, context)
}

async function run<T, R>(workers: readonly [Worker<T, R>, Worker<T, R>], equal: (a: R, b: R) => boolean, item: T, context: Context): Promise<R> {
  const { contestants, release } = contest(workers, item, context)
  try {
    const [first, second] = await Promise.all(contestants.map(contestant => contestant.result)) as [R, R]
    if (!equal(first, second)) throw new DisagreementError(first, second)
    return first
  } catch (error) {
    for (const contestant of contestants) contestant.abort(new Error('the item has failed in the other worker'))
    throw error
  } finally {
    release()
  }
}

const shownMax = 200
const shownBefore = 40

/** A getter that throws, or a proxy, must not hide the disagreement. */
function textOf(value: unknown): string {
  try {
    return inspect(value, { depth: 10, breakLength: Infinity, maxArrayLength: 1_000, maxStringLength: 10_000, sorted: true })
  } catch {
    return `a value of type ${typeof value}`
  }
}

function excerpts(first: string, second: string): readonly [string, string] {
  let same = 0
  while (same < first.length && first[same] === second[same]) same++
  const from = Math.max(first.length, second.length) <= shownMax ? 0 : Math.max(0, same - shownBefore)
  return [excerpt(first, from), excerpt(second, from)]
}

function excerpt(text: string, from: number): string {
  const to = from + shownMax
  return `${from > 0 ? '…' : ''}${text.slice(from, to)}${text.length > to ? '…' : ''}`
}

// A random pipeline whose outcome is known, for runs that are shared.
import type { Clock } from '../../src/clock.ts'
import { items, pipeline, sum, type Pipeline } from '../../src/index.ts'

export interface Shape {
  readonly pipeline: Pipeline<any, any>
  /** From now on nothing fails. */
  readonly mend: () => void
  /** What comes out of the last stage. */
  readonly expected: readonly number[]
  /** Items of the first stage that fail for good, until mended. */
  readonly poisons: ReadonlySet<number>
  readonly hasBarrier: boolean
  readonly text: string
}

export function sharedPipeline({ random, upTo, clock }: { readonly random: () => number; readonly upTo: (max: number) => number; readonly clock: Clock }): Shape {
  const count = 1 + upTo(400)
  const [hasBarrier, isSharded, spreadsTwice] = [random() < 0.4, random() < 0.4, random() < 0.5]
  const poisons = new Set(random() < 0.4 ? [upTo(count), upTo(count)] : [])
  const slowMs = upTo(80)
  const concurrency = 1 + upTo(8)
  let isMended = false
  const flaky = random() < 0.5
  const failed = new Set<number>()
  const pause = () => new Promise<void>(resolve => clock.after(slowMs * random(), resolve))
  const first = async (item: number) => {
    if (slowMs > 10) await pause()
    if (poisons.has(item) && !isMended) throw new Error('poison')
    if (flaky && item % 7 === 0 && !failed.has(item)) {
      failed.add(item)
      throw new Error('flaky')
    }
    return item * 2
  }
  const made = pipeline('shared', flow => {
    const numbers = flow.source('numbers', items(Array.from({ length: count }, (_, index) => index)))
    const doubled = numbers.work('first', first, { concurrency, attempts: 3, backoff: { delay: '100ms' } })
    const held = hasBarrier ? doubled.barrier('all doubled') : doubled
    const spread = isSharded ? held.shard('shards', { by: (item: number) => item, shards: 3 }).work('second', (item: number) => item + 1) : spreadsTwice ? held.work('second', (item: number) => item + 1) : held.map((item: number) => item + 1)
    const totals = spread.reduce('total', sum((item: number) => item))
    return { results: spread.work('last', (item: number) => item), totals }
  })
  const expected = Array.from({ length: count }, (_, index) => index * 2 + 1)
  return {
    pipeline: made, expected, poisons, hasBarrier,
    mend: () => { isMended = true },
    text: JSON.stringify({ count, hasBarrier, isSharded, spreadsTwice, poisons: [...poisons], slowMs, concurrency, flaky }),
  }
}

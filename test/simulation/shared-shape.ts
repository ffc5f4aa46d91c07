// What a run that processes share is made of, drawn by chance: everything that matters for who owns what, and little else.
import type { Random } from '../../src/reducers/seeded-random.ts'

export type Step = 'work' | 'limited' | 'perKey' | 'ordered' | 'sharded' | 'chunks' | 'batch' | 'barrier' | 'map'

export interface SharedShape {
  /** Numbers from 0 on, fewer than `valueStep`. */
  readonly count: number
  /** 'published': read from a user's topic, of several parts. */
  readonly source: 'items' | 'published'
  readonly topicHasKey: boolean
  readonly topicHasIds: boolean
  /** Published while processes run. */
  readonly lateCount: number
  readonly isEndless: boolean
  /** Fail in the first stage until they are mended. */
  readonly poisons: readonly number[]
  /** Some fail once in every stage that works. */
  readonly isFlaky: boolean
  /** What a worker takes at most. */
  readonly slowMs: number
  readonly concurrency: number
  readonly steps: readonly Step[]
  readonly ends: readonly ('total' | 'counts' | 'sink' | 'topic')[]
  readonly readsFailed: boolean
  /** One failure stops the run. */
  readonly toleratesNone: boolean
}

const stepsMax = 4
const boundedSteps: readonly Step[] = ['work', 'work', 'limited', 'limited', 'perKey', 'ordered', 'sharded', 'sharded', 'chunks', 'batch', 'barrier', 'barrier', 'map']
const endlessSteps = boundedSteps.filter(step => step !== 'barrier')

export function drawnShape(random: Random): SharedShape {
  const upTo = (max: number) => Math.floor(random() * max)
  const chance = (share: number) => random() < share
  const isEndless = chance(0.15)
  const count = 1 + upTo(chance(0.85) ? 60 : 250)
  const source = isEndless || chance(0.4) ? 'published' : 'items'
  const steps = Array.from({ length: upTo(stepsMax + 1) }, () => (isEndless ? endlessSteps : boundedSteps)[upTo(endlessSteps.length)]!)
  return {
    count, source, isEndless, steps,
    topicHasKey: chance(0.5), topicHasIds: chance(0.5),
    lateCount: source === 'published' ? upTo(chance(0.5) ? 1 : 20) : 0,
    poisons: chance(0.4) ? [...new Set([upTo(count), upTo(count)])] : [],
    isFlaky: chance(0.5), slowMs: upTo(80), concurrency: 1 + upTo(8),
    ends: ['total', ...(chance(0.4) ? ['counts' as const] : []), ...(isEndless || chance(0.4) ? ['sink' as const] : []), ...(chance(0.2) ? ['topic' as const] : [])],
    readsFailed: chance(0.3), toleratesNone: !isEndless && chance(0.2),
  }
}

/** Whether failures keep the run from completing, until they are mended. */
export function mustBeMended({ poisons, steps, toleratesNone }: SharedShape): boolean {
  return poisons.length > 0 && (toleratesNone || steps.includes('barrier'))
}

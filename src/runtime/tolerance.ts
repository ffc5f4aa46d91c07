// Whether more items failed than the pipeline, or one of its stages, tolerates.
import { exceeds, type Tolerance } from '../model/values.ts'
import type { Plan } from '../plan/plan.ts'
import type { Counters } from './counts.ts'

/** A share of a handful says nothing yet: it is judged from so many items on, and at the end. */
const judgedFrom = 100

/** Says why the run must stop, or nothing. */
export function passedTolerance({ tolerate, stages }: Plan, countersOf: (stage: string) => Pick<Counters, 'in' | 'failed'>, isAtEnd: boolean): string | undefined {
  if (tolerate === undefined && !stages.some(stage => stage.kind === 'work' && stage.settings.tolerate !== undefined)) return undefined
  const all = stages.map(({ name }) => countersOf(name))
  const failed = all.reduce((sum, counters) => sum + counters.failed, 0)
  const total = Math.max(0, ...all.map(counters => counters.in))
  if (tolerate !== undefined && isPassed(tolerate, failed, total, isAtEnd)) return `${itemsOf(failed)} failed, and the pipeline tolerates ${tolerate}`
  for (const stage of stages) {
    const own = stage.kind === 'work' ? stage.settings.tolerate : undefined
    const counters = countersOf(stage.name)
    if (own !== undefined && isPassed(own, counters.failed, counters.in, isAtEnd)) return `${itemsOf(counters.failed)} failed in '${stage.name}', which tolerates ${own}`
  }
  return undefined
}

function isPassed(tolerate: Tolerance, failed: number, total: number, isAtEnd: boolean): boolean {
  const isEarly = typeof tolerate === 'string' && total < judgedFrom && !isAtEnd
  return !isEarly && exceeds(tolerate, failed, total)
}

function itemsOf(count: number): string {
  return count === 1 ? '1 item' : `${count} items`
}

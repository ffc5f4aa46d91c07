// Who works in a stage, as its options and what was seen of it have it: how many at once, how fast at most, whether they load the pipeline's module first.
import { availableParallelism } from 'node:os'
import type { StagePlan } from '../../plan/plan.ts'
import { workforceOf } from '../../plan/workforce.ts'
import type { Observation } from './observation.ts'
import type { Call, Crew } from './times.ts'

/** `stage` as it was planned, not as the dry run changed it. */
export function crewOf(stage: StagePlan, { calls, blocking, operatorsMs }: Observation): Crew {
  const items = calls.reduce((sum, call) => sum + call.items, 0)
  const beforeMs = items === 0 ? 0 : operatorsMs / items
  const { option, workers, perSecondMax } = workforceOf(stage, availableParallelism())
  if (stage.kind !== 'work') return { workers, loadsFirst: false, isBlocking: option === undefined, perSecondMax, beforeMs }
  const loadsFirst = option !== 'concurrency'
  // A worker that waits may answer at once now and then, from a cache.
  const isBlocking = !loadsFirst && blocking > calls.length / 2
  return { workers, loadsFirst, isBlocking, perSecondMax, beforeMs: isBlocking ? beforeMs : 0 }
}

/** What was called; where a stage calls nothing, its operators. */
export function callsOf({ calls, operatorsMs, takes }: Observation): readonly Call[] {
  return calls.length > 0 || operatorsMs === 0 ? calls : [{ beganMs: 0, endedMs: operatorsMs, items: Math.max(1, takes.count) }]
}

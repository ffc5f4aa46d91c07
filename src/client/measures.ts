// What the newest run of a pipeline that was timed tells of its stages, from the counts that it committed: while it goes on, those so far.
import { availableParallelism } from 'node:os'
import type { Log } from '../log.ts'
import { measuresOf, type Measures } from '../plan/measures.ts'
import type { Plan } from '../plan/plan.ts'
import { runsOf } from '../runtime/control.ts'
import { countedByStage } from '../runtime/counts.ts'
import { countersStore } from '../runtime/run-state.ts'

export interface RunMeasures extends Measures {
  /** Undefined: the run of a pipeline that never ends. */
  readonly run: number | undefined
}

/** Undefined where no run was timed: there is none, or versions that did not do so ran them. 'auto' is taken for what it is on this machine. */
export async function measuresIn(log: Log, plan: Plan): Promise<RunMeasures | undefined> {
  const runs = await runsOf(log, plan.pipeline)
  for (const { number } of runs.toSorted((a, b) => b.startedAt - a.startedAt)) {
    const scope = number === 0 ? plan.pipeline : `${plan.pipeline}/${number}`
    const measures = measuresOf(plan, countedByStage(await log.scan(`${scope}/${countersStore}`)), availableParallelism())
    if (measures) return { run: number === 0 ? undefined : number, ...measures }
  }
  return undefined
}

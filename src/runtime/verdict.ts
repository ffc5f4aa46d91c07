// Whether a run is over, and how: all is done, more failed than is tolerated, or nothing goes on by itself.
import type { Barriers } from './barriers.ts'
import type { RunStatus } from './control.ts'
import { totalOf } from './counts.ts'
import type { Permits } from './permits.ts'
import type { Stages } from './stages.ts'
import { passedTolerance } from './tolerance.ts'
import type { Plan } from '../plan/plan.ts'

export interface RunResult {
  readonly status: RunStatus
  /** Why it stopped, for people. */
  readonly reasons: readonly string[]
}

export interface Judged {
  readonly plan: Plan
  readonly stages: Stages
  readonly barriers: Barriers
  readonly permits: Permits
}

/** Undefined while nothing was passed. */
export function toleranceVerdict(judged: Pick<Judged, 'plan' | 'stages'>): RunResult | undefined {
  const reason = passedToleranceOf(judged)
  return reason === undefined ? undefined : { status: 'stopped', reasons: [`${reason}. Mend the cause and run the same command: it redrives what failed and goes on`] }
}

export function passedToleranceOf({ plan, stages }: Pick<Judged, 'plan' | 'stages'>): string | undefined {
  return passedTolerance(plan, stage => ({ in: totalOf([stages.countersOf(stage)]), failed: stages.failedOf(stage) }), stages.haveAllEnded)
}

/** Undefined while something goes on. `isStandstill`: that nothing does is believed. */
export function endVerdict({ plan, stages, barriers, permits }: Judged, isStandstill: boolean): RunResult | undefined {
  if (stages.areAllDone) {
    const failed = plan.stages.some(({ name }) => stages.countersOf(name).failed > 0)
    return { status: failed ? 'completed-with-failures' : 'completed', reasons: [] }
  }
  if (!isStandstill || !stages.areAllStuck(stage => permits.of(stage))) return undefined
  const reasons = [...barriers.reasons, ...permits.reasons]
  return { status: 'stopped', reasons: reasons.length > 0 ? reasons : ['nothing can go on, and nothing says why: this is a defect of Batchwork'] }
}

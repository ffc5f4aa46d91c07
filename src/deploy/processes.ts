// How many processes take part in a run, and what decides it. They share a run by lanes: beyond those of its widest stage, a process would have nothing to do.
import { BatchworkError } from '../model/errors.ts'
import type { Plan, StagePlan } from '../plan/plan.ts'
import { wholePart, type Part } from '../runtime/part.ts'
import { slicesOf } from '../runtime/slices.ts'

export interface Processes {
  /** Without `scaling`: as many as there are. */
  readonly max: number
  readonly scaling?: LagScaling | MetricScaling | undefined
}

export interface LagScaling {
  readonly by: 'lag'
  /** 0: all are stopped while there is no lag. */
  readonly min: number
  /** Without lag for so long, the last one is stopped. Undefined: it never is. */
  readonly cooldownMs?: number | undefined
  /** In records: one process more for each so many. */
  readonly lagPerProcess: number
}

export interface MetricScaling {
  readonly by: 'metric'
  readonly min: number
  readonly metric: Metric
}

/** `percent` of the processors kept for a process; `perProcess` as a Kubernetes quantity. */
export type Metric =
  | { readonly kind: 'cpu'; readonly percent: number }
  | { readonly kind: 'external'; readonly name: string; readonly perProcess: string; readonly labels: Readonly<Record<string, string>> }

/** How many processes that take this part can work on a stage at once. */
export function lanesOf(stage: StagePlan, { takes }: Part = wholePart): number {
  return slicesOf(stage, true).filter(takes).length
}

/** How many processes can have something to do in it at once. */
export function lanesIn({ stages }: Plan, part: Part): number {
  return Math.max(...stages.map(stage => lanesOf(stage, part)))
}

/** Of a group of stages, which may have fewer lanes than the others: no more processes than those. `max`: given for this group. */
export function processesIn(plan: Plan, part: Part, { max: all, scaling }: Processes, max?: number): Processes {
  const own = max ?? Math.min(all, lanesIn(plan, part))
  return { max: own, scaling: scaling && scaling.min < own ? scaling : undefined }
}

/** Throws BatchworkError for more processes than lanes. */
export function checkLanes({ pipeline, stages }: Plan, processes: number, parts: number, part: Part = wholePart): void {
  const widest = stages.reduce((best, stage) => (lanesOf(stage, part) > lanesOf(best, part) ? stage : best))
  const lanes = lanesOf(widest, part)
  if (processes <= lanes) return
  const start = `--processes is ${processes}, but `
  if (lanes === 1) throw new BatchworkError('USAGE', `${start}no stage of pipeline '${pipeline}' can be divided: sources, sinks, reduces and batches belong to one process at a time, and so does work that is ordered, limited, in chunks, rolled out or in shards that spill; leave --processes out`)
  const more = widest.shards.length > 0 ? 'give its sharder more shards' : `give the address of --engine as many parts (parts=${processes}; a topic or a run that is there keeps the ${parts} it has)`
  throw new BatchworkError('USAGE', `${start}the widest stage of pipeline '${pipeline}', '${widest.name}', has ${lanes} lanes, and a lane belongs to one process at a time: the others would have nothing to do; ${more}, or give --processes ${lanes}`)
}

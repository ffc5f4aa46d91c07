// How many processes take part in a run, and what decides it. They share a run by lanes: beyond those of its widest stage, a process would have nothing to do.
import { BatchworkError } from '../model/errors.ts'
import type { Plan, StagePlan } from '../plan/plan.ts'
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

/** How many processes can work on a stage at once. */
export function lanesOf(stage: StagePlan): number {
  return slicesOf(stage, true).length
}

/** Throws BatchworkError for more processes than lanes. */
export function checkLanes({ pipeline, stages }: Plan, processes: number, parts: number): void {
  const widest = stages.reduce((best, stage) => (lanesOf(stage) > lanesOf(best) ? stage : best))
  const lanes = lanesOf(widest)
  if (processes <= lanes) return
  const start = `--processes is ${processes}, but `
  if (lanes === 1) throw new BatchworkError('USAGE', `${start}no stage of pipeline '${pipeline}' can be divided: sources, sinks, reduces and batches belong to one process at a time, and so does work that is ordered, limited, in chunks, rolled out or in shards that spill; leave --processes out`)
  const more = widest.shards.length > 0 ? 'give its sharder more shards' : `give the address of --engine as many parts (parts=${processes}; a topic or a run that is there keeps the ${parts} it has)`
  throw new BatchworkError('USAGE', `${start}the widest stage of pipeline '${pipeline}', '${widest.name}', has ${lanes} lanes, and a lane belongs to one process at a time: the others would have nothing to do; ${more}, or give --processes ${lanes}`)
}

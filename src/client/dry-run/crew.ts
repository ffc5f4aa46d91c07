// Who works in a stage, as its options have it: how many at once, how fast at most, and whether they load the pipeline's module first.
import { availableParallelism } from 'node:os'
import { readChunkWorker } from '../../pipeline/chunk-worker.ts'
import { readLimit } from '../../pipeline/limit.ts'
import { mapsSplits } from '../../plan/map-reduce.ts'
import type { StagePlan, WorkStage } from '../../plan/plan.ts'
import type { Observation } from './observation.ts'
import type { Call, Crew } from './times.ts'

/** As the runtime has it. */
const concurrencyDefault = 16

/** `stage` as it was planned, not as the dry run changed it. */
export function crewOf(stage: StagePlan, { calls, blocking, operatorsMs }: Observation): Crew {
  const items = calls.reduce((sum, call) => sum + call.items, 0)
  const beforeMs = items === 0 ? 0 : operatorsMs / items
  if (stage.kind === 'reduce' && mapsSplits(stage)) return { workers: countOf(stage.threads ?? 'auto'), loadsFirst: false, isBlocking: false, perSecondMax: Infinity, beforeMs }
  if (stage.kind !== 'work') return { workers: 1, loadsFirst: false, isBlocking: true, perSecondMax: Infinity, beforeMs }
  const loadsFirst = membersOf(stage) !== undefined
  // A worker that waits may answer at once now and then, from a cache.
  const isBlocking = !loadsFirst && blocking > calls.length / 2
  return { workers: workersOf(stage), loadsFirst, isBlocking, perSecondMax: perSecondMaxOf(stage), beforeMs: isBlocking ? beforeMs : 0 }
}

/** What was called; where a stage calls nothing, its operators. */
export function callsOf({ calls, operatorsMs, takes }: Observation): readonly Call[] {
  return calls.length > 0 || operatorsMs === 0 ? calls : [{ beganMs: 0, endedMs: operatorsMs, items: Math.max(1, takes.count) }]
}

function workersOf(stage: WorkStage): number {
  const { concurrency } = stage.settings
  const members = membersOf(stage)
  const asked = members === undefined
    ? (concurrency === undefined || concurrency === 'auto' ? (readChunkWorker(stage.worker) ? 1 : concurrencyDefault) : concurrency)
    : members * (typeof concurrency === 'number' ? Math.max(1, Math.ceil(concurrency / members)) : 1)
  return Math.min(asked, ...limitsOf(stage).map(limit => limit?.concurrency ?? Infinity))
}

function perSecondMaxOf(stage: WorkStage): number {
  return Math.min(...limitsOf(stage).map(limit => limit?.perSecond ?? Infinity))
}

function limitsOf({ settings: { limit } }: WorkStage) {
  return limit === undefined ? [] : [limit].flat().map(each => readLimit(each))
}

/** Threads or processes; undefined in the main process. */
function membersOf({ settings: { threads, processes } }: WorkStage): number | undefined {
  const members = threads ?? processes
  return members === undefined ? undefined : countOf(members)
}

function countOf(count: number | 'auto'): number {
  return count === 'auto' ? availableParallelism() : count
}

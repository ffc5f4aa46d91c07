// What steers a pipeline, kept in the log: its runs, their parameters, what is paused, which barriers are open.
import type { Log, StateChange } from '../log.ts'
import { BatchworkError } from '../model/errors.ts'
import { toText } from '../model/codec.ts'
import type { RolloutRecord } from '../policies/rollout.ts'

export type RunStatus = 'running' | 'completed' | 'completed-with-failures' | 'stopped' | 'aborted'

export interface RunRecord {
  readonly number: number
  /** Parameters as text: with the pipeline's name they are the run's identity. */
  readonly params: string
  readonly hash: string
  readonly status: RunStatus
  /** Raised when a run that was complete goes on after a redrive. */
  readonly round: number
  /** In milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt?: number | undefined
  /** Names, in the order of the plan, for those who look at the run without its pipeline. */
  readonly stages?: readonly string[] | undefined
  /** Why it stopped, for people. */
  readonly reasons?: readonly string[] | undefined
  /** False while a process runs it: found so at the start, that process vanished. */
  readonly isClosed: boolean
  /** Where several processes take part: the one that leads it. Left out while none does. */
  readonly leader?: string | undefined
  /** Into how many parts its work is divided, on an engine that several processes share. */
  readonly parts?: number | undefined
  /** The name that it was begun under: who comes with the same takes part in it, or is told how it ended. */
  readonly once?: string | undefined
  /** Processes of this run that vanished one after the other, without one that ended by itself. */
  readonly vanished: number
}

export const runsStore = (pipeline: string) => `${pipeline}/runs`
export const runKey = (number: number) => String(number).padStart(9, '0')

export async function runsOf(log: Log, pipeline: string): Promise<readonly RunRecord[]> {
  const entries = await log.scan(runsStore(pipeline), undefined, 10_000)
  return entries.map(({ value }) => JSON.parse(value) as RunRecord)
}

export function runChange(pipeline: string, run: RunRecord): StateChange {
  return { store: runsStore(pipeline), key: runKey(run.number), value: JSON.stringify(run) }
}

export function forgetRun(pipeline: string, run: RunRecord): StateChange {
  return { store: runsStore(pipeline), key: runKey(run.number), value: null }
}

/** The run that the same command goes on with, if there is one. */
export function unfinished(runs: readonly RunRecord[], params: unknown): RunRecord | undefined {
  const text = toText(params ?? null)
  const last = runs.findLast(run => run.params === text)
  return last && last.status !== 'completed' && last.status !== 'completed-with-failures' && last.status !== 'aborted' ? last : undefined
}

export function isComplete({ status }: RunRecord): boolean {
  return status === 'completed' || status === 'completed-with-failures'
}

export function nextRun(runs: readonly RunRecord[], params: unknown, hash: string, now: number): RunRecord {
  const number = (runs.at(-1)?.number ?? 0) + 1
  return { number, params: toText(params ?? null), hash, status: 'running', round: 1, startedAt: now, isClosed: false, vanished: 0 }
}

/** The run as its next process takes it up. Where several take part, whoever leads sees whether one vanished. */
export function takenUp(log: Pick<Log, 'parts'>, run: RunRecord, hash: string): RunRecord {
  return log.parts === undefined ? { ...run, hash, vanished: run.isClosed ? 0 : run.vanished + 1 } : { ...run, hash }
}

export function checkSamePlan(pipeline: string, run: RunRecord, hash: string): void {
  if (run.hash === hash) return
  throw new BatchworkError('PLAN_CHANGED',
    `pipeline '${pipeline}' was changed since its run ${run.number} began: stages, inputs or shards are not the same. Finish that run with the old file, go on with the new one (--upgrade: stages keep their progress by name), or start anew (--fresh)`)
}

/** Stages, and shards of stages, that take nothing new: 'stage' or 'stage/shard'. */
export const pausedStore = (pipeline: string) => `${pipeline}/paused`

export async function pausedIn(log: Log, pipeline: string): Promise<ReadonlySet<string>> {
  return new Set((await log.scan(pausedStore(pipeline))).filter(({ value }) => value === 'true').map(({ key }) => key))
}

/** How far the rollout of a stage is, by stage. It outlasts runs. */
export const rolloutsStore = (pipeline: string) => `${pipeline}/rollouts`

/** Shards that are not simply healthy, by 'stage/shard'. Within a run. */
export const shardsStore = 'shards'

/** What lets a rollout that was rolled back begin anew. */
export async function rolloutAgain(log: Log, pipeline: string, stage: string): Promise<readonly StateChange[]> {
  const store = rolloutsStore(pipeline)
  const [entry] = await log.get(store, [stage])
  const isRolledBack = entry !== undefined && (JSON.parse(entry.value) as RolloutRecord).status === 'rolled-back'
  return isRolledBack ? [{ store, key: stage, value: null }] : []
}

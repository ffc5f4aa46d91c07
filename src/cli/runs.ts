// The runs in a store: which pipelines there are, how far their stages are, and what failed in them. Only what is committed is seen, so
// it works beside a run that is going on.
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import { BatchworkError } from '../model/errors.ts'
import type { Failure } from '../model/item.ts'
import { runsOf, type RunRecord } from '../runtime/control.ts'
import { countedByStage, noCounters, type Counters } from '../runtime/counts.ts'
import { outcomesTopic, type RunNames } from '../runtime/names.ts'
import { unattendedStore } from '../runtime/run-state.ts'
import { failuresOf } from '../runtime/redrive.ts'
import { nearestTo } from '../pipeline/suggestion.ts'

export interface StageState {
  readonly name: string
  readonly lanes: number
  readonly counters: Counters
  readonly isEnded: boolean
}

export interface RunState {
  readonly pipeline: string
  readonly record: RunRecord
  /** 'vanished': it was running in a process that is gone. */
  readonly status: RunRecord['status'] | 'vanished'
  readonly stages: readonly StageState[]
}

export async function runsIn(log: Log, folder: string): Promise<readonly RunState[]> {
  const topics = await log.topics()
  const ending = `/${outcomesTopic}`
  const pipelines = [...new Set(topics.filter(({ name }) => name.endsWith(ending)).map(({ name }) => name.slice(0, name.indexOf('/'))))]
  const states = await Promise.all(pipelines.map(async pipeline => {
    const records = await runsOf(log, pipeline)
    return Promise.all(records.map(record => stateOf(log, pipeline, record, topics, () => isOwned(log, folder, scopeNames(pipeline, record.number).scope))))
  }))
  return states.flat().toSorted((a, b) => a.record.startedAt - b.record.startedAt)
}

async function stateOf(log: Log, pipeline: string, record: RunRecord, topics: Awaited<ReturnType<Log['topics']>>, isOwned: () => Promise<boolean>): Promise<RunState> {
  const names = scopeNames(pipeline, record.number)
  const [counters, ends] = await Promise.all([log.scan(names.store('counters')), log.scan(names.store('ends'))])
  const counted = countedByStage(counters)
  const pattern = /^([^/]+)\/dead-letters$/
  const stages = topics.filter(({ name }) => name.startsWith(`${names.scope}/`)).flatMap(({ name, partitions }) => {
    const stage = pattern.exec(name.slice(names.scope.length + 1))?.[1]
    if (stage === undefined) return []
    const ended = ends.filter(({ key, value }) => key.slice(0, key.lastIndexOf('/')) === stage && Number(value) >= record.round).length
    return [{ name: stage, lanes: partitions, counters: counted.get(stage) ?? noCounters(), isEnded: ended >= partitions }]
  })
  // A run of an older version does not say their order.
  const order = record.stages ?? []
  stages.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
  const status = record.status === 'running' && !(await isOwned()) ? 'vanished' : record.status
  return { pipeline, record, status, stages }
}

/** Stages of a run that goes on, of which nobody has all or a part. */
export async function unattendedIn(log: Log, { pipeline, record, status, stages }: RunState): Promise<readonly string[]> {
  if (status !== 'running') return []
  const said = new Set((await log.scan(scopeNames(pipeline, record.number).store(unattendedStore))).map(({ key }) => key))
  return stages.filter(({ name, isEnded }) => said.has(name) && !isEnded).map(({ name }) => name)
}

/** Names of a run's topics and stores, as far as they follow from its scope. An endless run has number 0. */
export function scopeNames(pipeline: string, run: number): RunNames {
  const scope = run === 0 ? pipeline : `${pipeline}/${run}`
  const within = (name: string) => `${scope}/${name}`
  return { scope, topic: within, subscription: within, store: within }
}

export interface RunChoice {
  readonly pipeline?: string | undefined
  readonly run?: number | undefined
}

/** The newest run that fits. */
export function chooseRun(runs: readonly RunState[], { pipeline, run }: RunChoice): RunState {
  const pipelines = [...new Set(runs.map(each => each.pipeline))]
  if (pipelines.length === 0) throw new BatchworkError('NO_RUN', 'nothing was run in this store yet')
  if (pipeline !== undefined && !pipelines.includes(pipeline)) throw unknown('pipeline', pipeline, pipelines)
  const own = runs.filter(each => (pipeline === undefined || each.pipeline === pipeline) && (run === undefined || each.record.number === run))
  const newest = own.at(-1)
  if (newest) return newest
  const numbers = runs.filter(each => pipeline === undefined || each.pipeline === pipeline).map(({ record }) => record.number)
  throw new BatchworkError('NO_RUN', `there is no run ${run}${pipeline === undefined ? '' : ` of '${pipeline}'`} in this store; it has ${numbers.join(', ')}`)
}

export async function* failuresIn(log: Log, { pipeline, record, stages }: RunState, stage?: string): AsyncGenerator<Failure<unknown>> {
  if (stage !== undefined && !stages.some(({ name }) => name === stage)) throw unknown('stage', stage, stages.map(({ name }) => name))
  const names = scopeNames(pipeline, record.number)
  for (const { name, lanes } of stages) if (stage === undefined || name === stage) yield* failuresOf(log, names, name, lanes)
}

function unknown(kind: string, name: string, known: readonly string[]): BatchworkError {
  const nearest = nearestTo(name, known)
  return new BatchworkError('USAGE', `there is no ${kind} '${name}' in this store; it has ${known.map(each => `'${each}'`).join(', ')}${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`)
}

async function isOwned(log: Log, folder: string, scope: string): Promise<boolean> {
  return log.membersOf ? (await log.membersOf(scope)) > 0 : hasOwner(folder)
}

/** Whether the process that owns the store lives. On another machine it cannot be asked and is believed. */
function hasOwner(folder: string): boolean {
  const file = join(folder, 'owner.json')
  if (!existsSync(file)) return false
  try {
    const { pid, host } = JSON.parse(readFileSync(file, 'utf8')) as { readonly pid: number; readonly host: string }
    if (host === hostname()) process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

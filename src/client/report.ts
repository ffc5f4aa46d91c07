// What a run did, from the counts it committed and the log they can be checked against.
import type { Log } from '../log.ts'
import type { Failure } from '../model/item.ts'
import type { Plan, StagePlan } from '../plan/plan.ts'
import { failuresOf } from '../runtime/redrive.ts'
import type { StageCounts } from '../runtime/counts.ts'
import { partitionsOf, type RunNames } from '../runtime/names.ts'
import { resultsIn } from '../runtime/results.ts'
import type { Run, RunResult } from '../runtime/run.ts'

export interface RunReport<O = Readonly<Record<string, unknown>>> {
  readonly id: string
  readonly outcome: 'completed' | 'completed-with-failures' | 'stopped' | 'aborted'
  /** Why it stopped, for people. */
  readonly reasons: readonly string[]
  readonly started: Date
  readonly durationMs: number
  readonly stages: Readonly<Record<string, StageCounts>>
  /** What went in equals what came out, was dropped and failed, recounted from the log. */
  readonly balanced: boolean
  failures(): AsyncIterable<Failure<unknown>>
  read<N extends keyof O & string>(output: N): AsyncIterable<any>
}

export async function reportOf(log: Log, run: Run, { status, reasons }: RunResult, now: number): Promise<RunReport> {
  const { plan, names, record, counts } = run
  return {
    id: names.scope,
    outcome: status === 'running' ? 'stopped' : status,
    reasons,
    started: new Date(record.startedAt),
    durationMs: now - record.startedAt,
    stages: counts,
    balanced: run.unaccounted.length === 0 && (await isBalanced(log, plan, names, counts, run.ended)),
    failures: () => allFailures(log, plan, names),
    read: output => resultsIn(log, plan, names, output),
  }
}

export async function* allFailures(log: Log, plan: Plan, names: RunNames): AsyncGenerator<Failure<unknown>> {
  for (const { name, lanes } of plan.stages) yield* failuresOf(log, names, name, lanes)
}

async function isBalanced(log: Log, plan: Plan, names: RunNames, counts: Readonly<Record<string, StageCounts>>, ended: ReadonlySet<string>): Promise<boolean> {
  const topics = await log.topics()
  const isStageBalanced = async (stage: StagePlan) => {
    const own = counts[stage.name]!
    const stored = plan.topics.find(({ name, isShared }) => name === stage.output && !isShared)
    const info = stored && topics.find(({ name }) => name === names.topic(stored.name))
    // Where offsets leave gaps, they do not tell how many items were appended.
    if (info && log.offsetsPerChunk === undefined) {
      const ends = stored.producers.reduce((sum, producer) => sum + (ended.has(producer) ? plan.stages.find(({ name }) => name === producer)!.lanes : 0), 0) * partitionsOf(stored)
      const appended = info.extents.reduce((sum, { end }) => sum + end, 0)
      const out = stored.producers.reduce((sum, producer) => sum + counts[producer]!.out, 0)
      if (stored.producers.every(producer => ended.has(producer)) && appended - ends < out) return false
    }
    const inputs = stage.inputs.map(({ from }) => (from.kind === 'topic' ? plan.topics.find(({ name, isShared }) => name === from.topic && !isShared) : undefined))
    if (!ended.has(stage.name) || inputs.some(input => !input)) return true
    const given = inputs.flatMap(input => input!.producers).reduce((sum, producer) => sum + counts[producer]!.out, 0)
    return own.in === given
  }
  return (await Promise.all(plan.stages.map(isStageBalanced))).every(Boolean)
}


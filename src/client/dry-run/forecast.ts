// From a sample to the whole: how many items each stage gets, how long it takes for them, and which stage is the last to be done. Pure.
import { bottleneckOf, type Bottleneck } from '../../plan/bottleneck.ts'
import type { Plan, StagePlan } from '../../plan/plan.ts'
import { producersOf } from '../../plan/producers.ts'
import type { DryRunStage, Forecast, SampledSource } from './report.ts'

export interface Seen {
  readonly plan: Plan
  readonly sources: Readonly<Record<string, Pick<SampledSource, 'sampled' | 'total'>>>
  readonly stages: Readonly<Record<string, Pick<DryRunStage, 'counts' | 'time'> & { readonly calls: number }>>
}

interface StageForecast {
  readonly items: number
  readonly deadLetters: number
  readonly durationMs: number | undefined
}

export function forecastOf(seen: Seen): Forecast {
  const stages = new Map<string, StageForecast>()
  for (const stage of seen.plan.stages) {
    const scale = scaleOf(stage, seen)
    if (scale !== undefined) stages.set(stage.name, stageForecast(seen.stages[stage.name]!, scale))
  }
  const isKnown = Object.values(seen.sources).every(({ sampled, total }) => total !== undefined && (sampled > 0 || total === 0))
  return {
    stages: Object.fromEntries(stages),
    durationMs: isKnown ? durationMsOf(seen, stages) : undefined,
    deadLetters: isKnown ? [...stages.values()].reduce((sum, { deadLetters }) => sum + deadLetters, 0) : undefined,
    bottleneck: slowestOf(seen, stages),
  }
}

function stageForecast({ counts, time, calls }: Seen['stages'][string], scale: number): StageForecast {
  return { items: Math.round(counts.in * scale), deadLetters: Math.round(counts.failed * scale), durationMs: time && calls * scale / time.perSecond * 1_000 }
}

/** How many times as much as the sample it gets. Undefined where a total is unknown, and behind a reduce. */
function scaleOf(stage: StagePlan, { plan, sources }: Seen): number | undefined {
  const names = sourcesBefore(stage, plan, new Set())
  if (!names || names.size === 0) return undefined
  const of = [...names].map(name => sources[name])
  if (of.some(source => source?.total === undefined)) return undefined
  const [sampled, total] = [of.reduce((sum, source) => sum + source!.sampled, 0), of.reduce((sum, source) => sum + source!.total!, 0)]
  return sampled === 0 ? (total === 0 ? 1 : undefined) : total / sampled
}

/** Undefined where a reduce is on the way. */
function sourcesBefore({ name, inputs }: StagePlan, plan: Plan, seen: Set<string>): ReadonlySet<string> | undefined {
  const found = new Set<string>()
  if (seen.has(name)) return found
  seen.add(name)
  for (const { from } of inputs) {
    if (from.kind === 'source') {
      found.add(from.name)
      continue
    }
    const before = producersOf(from, plan)
    if (before.length === 0) found.add(from.topic)
    for (const stage of before) {
      const sources = stage.kind === 'reduce' && from.kind !== 'dead-letters' ? undefined : sourcesBefore(stage, plan, seen)
      if (!sources) return undefined
      for (const source of sources) found.add(source)
    }
  }
  return found
}

/** Stages run beside each other, but those behind a barrier; what blocks the process adds up. */
function durationMsOf({ plan, stages: seen }: Seen, stages: ReadonlyMap<string, StageForecast>): number {
  const known = new Map<string, number>()
  const phases = Map.groupBy(stages, ([name]) => phaseOf(plan.stages.find(stage => stage.name === name)!, plan, known))
  return [...phases.values()].reduce((sum, phase) => {
    const blocking = phase.filter(([name]) => seen[name]!.time?.isBlocking).reduce((all, [, { durationMs = 0 }]) => all + durationMs, 0)
    return sum + Math.max(blocking, ...phase.map(([, { durationMs = 0 }]) => durationMs))
  }, 0)
}

/** Barriers that must open before it begins, one after the other. */
function phaseOf({ name, inputs }: StagePlan, plan: Plan, known: Map<string, number>): number {
  const phase = known.get(name) ?? Math.max(0, ...inputs.map(({ from, gates }) => {
    const before = from.kind === 'source' ? [] : producersOf(from, plan)
    const gated = gates.filter(gate => gate.kind === 'barrier').length
    return gated + Math.max(0, ...before.map(stage => phaseOf(stage, plan, known)))
  }))
  known.set(name, phase)
  return phase
}

function slowestOf({ stages: seen }: Seen, stages: ReadonlyMap<string, StageForecast>): Bottleneck | undefined {
  return bottleneckOf([...stages].flatMap(([stage, { durationMs }]) => (durationMs === undefined ? [] : [{ stage, durationMs, workers: seen[stage]!.time!.workers }])))
}

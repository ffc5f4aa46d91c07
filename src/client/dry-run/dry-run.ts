// Runs a pipeline on a sample of its input, in a store in memory that is thrown away. The one thing to know: workers are the real ones, and what they
// do outside of Batchwork is done.
import type { Log } from '../../log.ts'
import { MemoryLog, MemoryStore } from '../../logs/memory/memory-log.ts'
import { BatchworkError, OptionError } from '../../model/errors.ts'
import { decodeItems, endOf } from '../../model/items.ts'
import { mergedShape, noShape, shapeOf, shapeText } from '../../model/shape.ts'
import { paramsOf } from '../../pipeline/build.ts'
import { readPipeline, type Pipeline } from '../../pipeline/pipeline.ts'
import type { Plan } from '../../plan/plan.ts'
import { nextRun } from '../../runtime/control.ts'
import type { Environment, Limiters, WorkerMessage } from '../../runtime/environment.ts'
import { namesOf } from '../../runtime/names.ts'
import { Run } from '../../runtime/run.ts'
import { passedTolerance } from '../../runtime/tolerance.ts'
import type { Source } from '../../source.ts'
import { Groups } from '../../telemetry/failure-report.ts'
import { inlineExecutor } from '../../executors/inline.ts'
import { executorFor } from '../executors.ts'
import { limitersOn } from '../limiters.ts'
import { realClock } from '../real-clock.ts'
import { reportOf, type RunReport } from '../report.ts'
import { planFor } from '../run-pipeline.ts'
import { callsOf, crewOf } from './crew.ts'
import { forecastOf } from './forecast.ts'
import { MeasuredExecutor } from './measured-executor.ts'
import { Observation } from './observation.ts'
import { dryPlan } from './plan.ts'
import type { DryRunFailures, DryRunReport, DryRunStage, SampledSource } from './report.ts'
import { sampleOf, type Sample } from './sample.ts'
import { timeOf } from './times.ts'
import { copyTopics, type CopiedTopic } from './topics.ts'

export interface DryRunOptions<P> {
  readonly params?: P | undefined
  /** Items of each source, from 1 to 100,000. Default 100. */
  readonly sample?: number | undefined
  /** Aborted: what is at work may finish for a second, then the report is of what was done. */
  readonly signal?: AbortSignal | undefined
  /** What workers say through context.log. */
  readonly onMessage?: ((message: WorkerMessage) => void) | undefined
}

export interface DryRunPlace {
  /** The user's store, where there is one: only topics are read from it. */
  readonly log: Log | undefined
  readonly limiters?: Limiters | undefined
}

const sampleDefault = 100
/** A sample is held in memory. */
const sampleMax = 100_000
const kindsMax = 20
const examplesMax = 3
const graceMs = 1_000

export async function dryRun(pipeline: Pipeline<any, any>, options: DryRunOptions<any>, { log, limiters }: DryRunPlace): Promise<DryRunReport> {
  const internals = readPipeline(pipeline)
  if (!internals) throw new BatchworkError('NO_PIPELINE', "dryRun needs a pipeline made by pipeline('name', flow => ...)")
  const { signal, onMessage = () => {} } = options
  const sample = checkedSample(options.sample)
  const params = paramsOf(pipeline, options.params)
  const plan = planFor(pipeline, options.params)
  const observations = new Map(plan.stages.map(({ name }) => [name, new Observation()]))
  const store = new MemoryLog(new MemoryStore({ clock: realClock, random: Math.random, observer: watching(plan, observations) }))
  const samples = await samplesOf(plan, sample, onMessage, signal)
  const topics = await copyTopics(plan, log, store, sample)
  const executors = executorFor({ pipeline: internals.name, module: internals.module, params: options.params, isolates: () => false })
  const environment: Environment = {
    clock: realClock, log: store, random: Math.random, onMessage,
    // A worker of chunks is watched itself: see `dryPlan`.
    executorFor: (stage, capacity) => (stage.calls === 'chunks' ? inlineExecutor(stage.worker as never, capacity) : new MeasuredExecutor(executors(stage, capacity), observations.get(stage.name)!)),
  }
  const dry = dryPlan(plan, { sourceOf: name => samples.get(name)!.source, observationOf: name => observations.get(name)! })
  const run = new Run({ plan: dry, run: nextRun([], params, plan.hash, realClock.now()), environment, limiters: limiters ?? limitersOn(realClock), isEndless: false, isResumed: false })
  const report = await finished(run, store, signal)
  const reasons = signal?.aborted ? ['it was interrupted'] : report.reasons
  return told(plan, { ...report, reasons }, observations, sampledSources(samples, topics), await failuresIn(report))
}

function checkedSample(sample = sampleDefault): number {
  if (Number.isInteger(sample) && sample >= 1 && sample <= sampleMax) return sample
  throw new OptionError('sample', sample, `a whole number from 1 to ${sampleMax}`)
}

async function finished(run: Run, store: Log, signal: AbortSignal | undefined): Promise<RunReport> {
  const stop = () => void run.stop(graceMs).catch(() => {})
  // Neither the store nor a promise of a worker keeps the process.
  const alive = setInterval(() => {}, 60_000)
  try {
    await run.start()
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    return await reportOf(store, run, await run.finished, realClock.now())
  } finally {
    signal?.removeEventListener('abort', stop)
    clearInterval(alive)
  }
}

async function samplesOf(plan: Plan, count: number, onMessage: Environment['onMessage'], signal: AbortSignal = new AbortController().signal): Promise<ReadonlyMap<string, Sample>> {
  const sources = new Map<string, Source<unknown>>(plan.stages.flatMap(({ inputs }) => inputs.flatMap(({ from }) => (from.kind === 'source' ? [[from.name, from.source] as const] : []))))
  const samples = new Map<string, Sample>()
  for (const [name, source] of sources) {
    const say = (level: WorkerMessage['level']) => (message: string, data?: object) => onMessage({ stage: name, id: '', level, message, data })
    samples.set(name, await sampleOf(source, count, { signal, log: { info: say('info'), warn: say('warn'), error: say('error') } }))
  }
  return samples
}

/** What a stage without a worker gives is seen where it is stored. */
function watching(plan: Plan, observations: ReadonlyMap<string, Observation>) {
  const names = namesOf(plan, `${plan.pipeline}/1`)
  const byTopic = new Map(plan.stages.filter(({ kind }) => kind !== 'work').map(({ name, output }) => [names.topic(output), observations.get(name)!]))
  const nothing = () => {}
  return {
    created: nothing, deleted: nothing, appended: nothing, trimmed: nothing,
    committed: ({ appends }: Parameters<Log['commit']>[0]) => {
      for (const { topic, partition, chunk } of appends) {
        const observation = byTopic.get(topic)
        if (observation && !endOf(chunk)) for (const value of decodeItems({ ...chunk, topic, partition, offset: 0, next: chunk.count, at: 0 }).values) observation.gave(value)
      }
    },
  }
}

function told(plan: Plan, report: RunReport, observations: ReadonlyMap<string, Observation>, sources: DryRunReport['sources'], failures: readonly DryRunFailures[]): DryRunReport {
  const stages = Object.fromEntries(plan.stages.map(stage => [stage.name, dryRunStage(stage, report, observations.get(stage.name)!)]))
  const seen = Object.fromEntries(plan.stages.map(({ name }) => [name, { ...stages[name]!, calls: callsOf(observations.get(name)!).reduce((sum, { items }) => sum + items, 0) }]))
  const passed = passedTolerance(plan, name => report.stages[name]!, true)
  return {
    pipeline: plan.pipeline, outcome: report.outcome === 'aborted' ? 'stopped' : report.outcome, reasons: report.reasons,
    warnings: passed === undefined ? [] : [`a run would stop: ${passed}`],
    durationMs: report.durationMs, sources, stages, failures, forecast: forecastOf({ plan, sources, stages: seen }),
  }
}

function dryRunStage(stage: Plan['stages'][number], report: RunReport, observation: Observation): DryRunStage {
  return { counts: report.stages[stage.name]!, takes: shapeText(observation.takes), gives: shapeText(observation.gives), time: timeOf(callsOf(observation), crewOf(stage, observation)) }
}

function sampledSources(samples: ReadonlyMap<string, Sample>, topics: ReadonlyMap<string, CopiedTopic>): DryRunReport['sources'] {
  return Object.fromEntries([
    ...[...samples].map(([name, { items, ...total }]) => [name, sampledSource(total, items.map(({ item }) => shapeOf(item)).reduce(mergedShape, noShape))] as const),
    ...[...topics].map(([name, { shape, ...total }]) => [name, sampledSource(total, shape)] as const),
  ])
}

function sampledSource({ sampled, total, from }: Omit<SampledSource, 'shape'>, shape: Parameters<typeof shapeText>[0]): SampledSource {
  return { sampled, total, from, shape: shapeText(shape) }
}

async function failuresIn(report: RunReport): Promise<readonly DryRunFailures[]> {
  const groups = new Groups()
  for await (const failure of report.failures()) groups.add(failure)
  return groups.list.slice(0, kindsMax).map(({ stage, error, reason, count, examples }) => ({
    stage, error, reason, count, examples: examples.slice(0, examplesMax).map(({ id, origin, error: { name, message } }) => ({ id, origin, error: `${name}: ${message}` })),
  }))
}

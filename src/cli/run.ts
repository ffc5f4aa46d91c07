// `run` and `start`: load, plan, open the store, run, show, report. The store is opened last, so that what cannot run leaves no trace.
import { relative, resolve } from 'node:path'
import { reportOf } from '../client/report.ts'
import { openRun, planFor } from '../client/run-pipeline.ts'
import { realClock } from '../client/real-clock.ts'
import type { Log } from '../log.ts'
import { BatchworkError } from '../model/errors.ts'
import { millisecondsOf, type Duration } from '../model/values.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { mapsSplits } from '../plan/map-reduce.ts'
import type { Run, RunResult } from '../runtime/run.ts'
import type { FailureReport } from '../telemetry/failure-report.ts'
import { ProgressMeter } from '../telemetry/progress.ts'
import { Interruption } from './interruption.ts'
import type { Display, Snapshot } from './display/display.ts'
import { exitCodes } from './exit-codes.ts'
import { boundHeap } from './heap-bounds.ts'
import { loadPipeline } from './load-pipeline.ts'
import { countOf } from './quantities.ts'
import { engineShown, folderBeside, openOrMakeStore, type StoreOptions } from './store.ts'
import type { Ending } from './summary.ts'

export interface RunFlags extends StoreOptions {
  readonly pipeline?: string | undefined
  readonly fresh?: boolean | undefined
  readonly upgrade?: boolean | undefined
  /** Takes part in these alone. */
  readonly stages?: readonly string[] | undefined
  /** Only 0 of a run that is complete. */
  readonly untilComplete?: boolean | undefined
  /** One run of this name, however often the command is given. */
  readonly once?: string | undefined
  readonly json?: boolean | undefined
  readonly quiet?: boolean | undefined
  readonly debug?: boolean | undefined
  readonly grace: string
  /** Nothing is written. */
  readonly dry?: boolean | undefined
  readonly sample?: number | undefined
}

export interface RunRequest {
  readonly file: string
  readonly flags: RunFlags
  /** Words that may be the pipeline's parameters. */
  readonly words: readonly string[]
  /** The command's own options, for suggestions. */
  readonly own: readonly string[]
  readonly isEndless: boolean
}

/** Gives the exit code. */
export async function runFile({ file, flags, words, own, isEndless }: RunRequest): Promise<number> {
  if (flags.sample !== undefined) throw new BatchworkError('USAGE', `--sample ${flags.sample} is for a dry run: add --dry to run on a sample and write nothing, or leave --sample out to run on all`)
  if (flags.dry && flags.stages) throw new BatchworkError('USAGE', '--stages is for processes that share a run, and a dry run is made by one; leave one of them out')
  const graceMs = millisecondsOf(flags.grace as Duration, '--grace')
  const interruption = new Interruption()
  // Before the module is loaded: what it prints must not get into the JSON.
  const display = await displayFor(flags)
  const pipeline = await loadPipeline(file, flags.pipeline)
  const params = await parameters(pipeline, words, own)
  const plan = planFor(pipeline, params)
  if (plan.stages.some(stage => stage.kind === 'reduce' && mapsSplits(stage))) boundHeap()
  const log = await openOrMakeStore(flags)
  try {
    const run = await openRun(log, pipeline, { params, isEndless, fresh: flags.fresh, upgrade: flags.upgrade, once: flags.once, stages: flags.stages, onMessage: message => display.message(message), environment: {} })
    return await show(log, run, { display, interruption, graceMs, flags, isEndless })
  } finally {
    await log.close().catch(() => {})
  }
}

async function parameters(pipeline: Pipeline<any, any>, words: readonly string[], own: readonly string[]): Promise<unknown> {
  const { parametersFor } = await import('./parameters.ts')
  return parametersFor(pipeline, words, own)
}

async function displayFor({ json, quiet }: RunFlags): Promise<Display> {
  if (json) return new (await import('./display/json.ts')).JsonLines()
  if (quiet) return new (await import('./display/quiet.ts')).Quiet()
  const canDraw = process.stderr.isTTY && process.env['TERM'] !== 'dumb'
  return canDraw ? new (await import('./display/bars.ts')).Bars(process.stderr) : new (await import('./display/lines.ts')).Lines(process.stderr)
}

interface Showing {
  readonly display: Display
  readonly interruption: Interruption
  readonly graceMs: number
  readonly flags: RunFlags
  readonly isEndless: boolean
}

async function show(log: Log, run: Run, showing: Showing): Promise<number> {
  const { display, interruption, flags, isEndless } = showing
  const began = performance.now()
  const before = run.counts
  display.begin({ pipeline: run.plan.pipeline, run: run.record.number, isEndless, isResumed: !isEndless && (run.record.status !== 'running' || hasCounts(before)), isJoining: run.isJoining, store: engineShown(flags) })
  const meter = new ProgressMeter(run.plan)
  display.watch((): Snapshot => {
    const nowMs = performance.now()
    return { stages: meter.measure(run, nowMs), elapsedMs: nowMs - began, memoryBytes: process.memoryUsage.rss() }
  })
  interruption.guard({ drain: () => drain(run, showing), stopAtOnce: () => run.stop(0) })
  try {
    const result = await run.finished
    display.end()
    return await conclude(log, run, result, { ...showing, elapsedMs: performance.now() - began, before })
  } catch (error) {
    display.end()
    throw error
  }
}

function hasCounts(counts: Run['counts']): boolean {
  return Object.values(counts).some(({ in: read }) => read > 0)
}

function drain(run: Run, { display, graceMs }: Showing): void {
  const atWork = Object.values(run.counts).reduce((sum, { inFlight }) => sum + inFlight, 0)
  const what = atWork === 0 ? 'what is done is committed' : `${countOf(atWork, 'item')} at work may finish (${graceMs / 1_000} s)`
  display.note(`Stopping: ${what}. Ctrl-C again stops at once.`)
  run.stop(graceMs).catch(() => {})
}

async function conclude(log: Log, run: Run, result: RunResult, showing: Showing & { readonly elapsedMs: number; readonly before: Run['counts'] }): Promise<number> {
  const { flags, interruption, elapsedMs, before, isEndless } = showing
  const report = await reportOf(log, run, result, realClock.now())
  const [{ shutBarriers }, failures] = await Promise.all([import('./shut-barriers.ts'), reportFailures(run, report, flags)])
  const ending: Ending = {
    pipeline: run.plan.pipeline, run: run.record.number, isEndless, report, failures, elapsedMs, before,
    signal: result.status === 'stopped' ? interruption.signal : undefined,
    barriers: result.status === 'stopped' && !isEndless ? await shutBarriers(log, run) : [],
  }
  const code = codeFor(ending, interruption, flags)
  const summary = await import('./summary.ts')
  if (flags.json) summary.jsonSummary(ending, code, showing.display)
  else process.stdout.write(summary.summaryText(ending, process.stdout))
  return code
}

async function reportFailures(run: Run, report: Awaited<ReturnType<typeof reportOf>>, flags: RunFlags): Promise<FailureReport> {
  const [{ writeFailureReport }, { harmlessJson, neutralised }] = await Promise.all([import('../telemetry/failure-report.ts'), import('./terminal-text.ts')])
  const name = `${run.plan.pipeline}-${run.record.number}`
  const folder = relative('', resolve(folderBeside(flags), 'reports', name))
  return writeFailureReport(report.failures(), { folder, title: `What failed in run ${run.record.number} of '${run.plan.pipeline}'`, clean: neutralised, cleanJson: harmlessJson })
}

function codeFor({ report: { outcome }, signal, failures }: Ending, interruption: Interruption, { untilComplete }: RunFlags): number {
  if (signal !== undefined) return untilComplete && interruption.exitCode === exitCodes.complete ? exitCodes.terminated : interruption.exitCode
  if (outcome === 'completed') return failures.count > 0 ? exitCodes.itemsSetAside : exitCodes.complete
  return outcome === 'completed-with-failures' ? exitCodes.itemsSetAside : exitCodes.stopped
}

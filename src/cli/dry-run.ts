// `run --dry`: a pipeline on a sample of its input, and what a run would do. The user's store is opened only to read topics, and never made.
import { dryRun, type DryRunOptions } from '../client/dry-run/dry-run.ts'
import type { DryRunReport } from '../client/dry-run/report.ts'
import { planFor } from '../client/run-pipeline.ts'
import type { Log } from '../log.ts'
import { BatchworkError } from '../model/errors.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { JsonLines } from './display/json.ts'
import { Lines } from './display/lines.ts'
import { Quiet } from './display/quiet.ts'
import { dryRunText } from './dry-run-text.ts'
import { exitCodes } from './exit-codes.ts'
import { Interruption } from './interruption.ts'
import { loadPipeline } from './load-pipeline.ts'
import { parametersFor } from './parameters.ts'
import { countOf } from './quantities.ts'
import type { RunRequest } from './run.ts'
import { engineName, hasStore, openStore } from './store.ts'

const sampleDefault = 100

/** Gives the exit code. */
export async function dryRunFile({ file, flags, words, own }: Omit<RunRequest, 'isEndless'>): Promise<number> {
  const without = (['fresh', 'upgrade'] as const).find(flag => flags[flag])
  if (without) throw new BatchworkError('USAGE', `--${without} is about a run that is kept, and a dry run keeps none; leave out --${without} or --dry`)
  const { sample = sampleDefault } = flags
  // There is nothing to drain: the first signal ends it, with its workers.
  void new Interruption()
  // Before the module is loaded: what it prints must not get into the JSON.
  const display = flags.json ? new JsonLines() : flags.quiet ? new Quiet() : new Lines(process.stderr)
  const pipeline = await loadPipeline(file, flags.pipeline)
  const params = parametersFor(pipeline, words, own)
  display.note(`Dry run on the first ${countOf(sample, 'item')} of each source: nothing is written, but workers really run`)
  const report = await inStore(flags, pipeline, { params, sample, onMessage: message => display.message(message) })
  if (display instanceof JsonLines) display.event('dry-run', { ...report, exitCode: codeOf(report) })
  else process.stdout.write(dryRunText(report, process.stdout))
  return codeOf(report)
}

async function inStore(flags: RunRequest['flags'], pipeline: Pipeline<any, any>, options: DryRunOptions<unknown>): Promise<DryRunReport> {
  const readsTopics = planFor(pipeline, options.params).topics.some(({ isShared, readers }) => isShared && readers.length > 0)
  const log: Log | undefined = readsTopics && hasStore(engineName(flags)) ? await openStore(flags) : undefined
  try {
    return await dryRun(pipeline, options, { log })
  } finally {
    await log?.close()
  }
}

function codeOf({ outcome }: DryRunReport): number {
  if (outcome === 'stopped') return exitCodes.stopped
  return outcome === 'completed' ? exitCodes.complete : exitCodes.itemsSetAside
}

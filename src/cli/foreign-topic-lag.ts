// `topics describe NAME --file FILE`: how much of a topic of others waits behind the runs of the pipeline that reads it. Their positions are in the store, its end is on its brokers.
import { sourceLags } from '../client/source-lag.ts'
import { planFor } from '../client/run-pipeline.ts'
import { BatchworkError } from '../model/errors.ts'
import { nearestTo } from '../pipeline/suggestion.ts'
import type { Plan } from '../plan/plan.ts'
import { paintFor } from './colours.ts'
import { print, printJson, type GuestFlags } from './guest-options.ts'
import { loadPipeline } from './load-pipeline.ts'
import { countText } from './quantities.ts'
import { withStore } from './store.ts'
import { oneLine } from './terminal-text.ts'
import { placesText } from './waiting-text.ts'

export async function describeForeignTopic(name: string, flags: GuestFlags & { readonly file: string; readonly pipeline?: string | undefined }): Promise<void> {
  const plan = planFor(await loadPipeline(flags.file, flags.pipeline))
  const source = sourceCalled(plan, name, flags.file)
  const lags = await withStore(flags, log => sourceLags(log, plan, source))
  if (flags.json) return printJson(JSON.stringify({ topic: name, source, readers: lags }))
  print(`${paintFor(process.stdout)('strong', oneLine(name))} ${paintFor(process.stdout)('quiet', `· read by '${oneLine(plan.pipeline)}' as '${oneLine(source)}'`)}`)
  for (const { run, stage, waiting, splits } of lags) print(`\nread by ${oneLine(`${run}/${stage}`)}, at most ${countText(waiting)} records waiting${placesText(splits.map(({ split, waiting: count }) => [split, count]))}`)
  if (lags.length === 0) print('\nNo run that is not complete reads it, so nothing waits.')
}

/** By its name in the pipeline, or that of the topic. */
function sourceCalled({ stages, pipeline }: Plan, name: string, file: string): string {
  const sources = stages.flatMap(({ inputs }) => inputs).flatMap(({ from }) => (from.kind === 'source' && from.source.waitingBehind ? [from] : []))
  const found = sources.find(source => source.name === name) ?? sources.find(({ source }) => (source as { readonly name?: unknown }).name === name)
  if (found) return found.name
  const names = sources.map(source => source.name)
  const nearest = nearestTo(name, names)
  throw new BatchworkError('NO_TOPIC', `pipeline '${pipeline}' in ${file} reads no topic of others '${name}'; it reads ${names.map(each => `'${each}'`).join(', ') || 'none'}${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`)
}

// How much a pipeline has still to read of a source outside of the store, where the source can tell: of each split, from the position that the run has kept.
import type { Log } from '../log.ts'
import { fromText } from '../model/codec.ts'
import { covers } from '../model/ranges.ts'
import { decodeItems, endOf } from '../model/items.ts'
import type { Plan, StagePlan } from '../plan/plan.ts'
import { isComplete, runsOf } from '../runtime/control.ts'
import { namesOf, subscriptionOf, type RunNames } from '../runtime/names.ts'
import { allEntries } from '../runtime/state.ts'
import type { Source, Split } from '../source.ts'

export interface SourceLag {
  /** 'pipeline/run', or 'pipeline' for one that never ends. */
  readonly run: string
  readonly stage: string
  readonly waiting: number
  /** By split. */
  readonly splits: readonly { readonly split: string; readonly waiting: number }[]
}

type SourceInput = StagePlan['inputs'][number] & { readonly from: { readonly kind: 'source' } }

/** Of the runs that are not complete. Empty where none has listed the source yet, or it cannot tell. */
export async function sourceLags(log: Log, plan: Plan, source: string): Promise<readonly SourceLag[]> {
  const runs = (await runsOf(log, plan.pipeline)).filter(run => !isComplete(run))
  const inputs = plan.stages.flatMap(stage => stage.inputs.filter((input): input is SourceInput => input.from.kind === 'source' && input.from.name === source).map(input => ({ stage, input })))
  const lags = await Promise.all(runs.flatMap(({ number }) => inputs.map(({ stage, input }) => lagOf(log, namesOf(plan, number === 0 ? plan.pipeline : `${plan.pipeline}/${number}`), stage, input))))
  return lags.flatMap(lag => lag ?? [])
}

async function lagOf(log: Log, names: RunNames, stage: StagePlan, input: SourceInput): Promise<SourceLag | undefined> {
  const { source, splits: topic } = input.from
  const [listed, positions, [progress]] = await Promise.all([splitsIn(log, names.topic(topic)), allEntries(log, names.store(`${stage.name}/positions/${input.name}`)), log.progress(subscriptionOf(names, stage, input))])
  const isDone = (offset: number) => progress !== undefined && (offset < progress.mark || covers(progress.done, offset))
  const waiting = await Promise.all(listed.map(async ({ offset, split }) => ({ split: split.id, waiting: isDone(offset) ? 0 : await waitingIn(source, split, positions.get(String(offset))) })))
  const known = waiting.filter((each): each is { readonly split: string; readonly waiting: number } => each.waiting !== undefined)
  return known.length === 0 ? undefined : { run: names.scope, stage: stage.name, waiting: known.reduce((sum, each) => sum + each.waiting, 0), splits: known }
}

async function waitingIn(source: Source<unknown>, split: Split, stored: string | undefined): Promise<number | undefined> {
  const position = stored === undefined ? undefined : (fromText(stored) as { readonly position?: unknown }).position
  return source.waitingBehind?.(split, position)
}

async function splitsIn(log: Log, topic: string): Promise<readonly { readonly offset: number; readonly split: Split }[]> {
  const info = (await log.topics()).find(({ name }) => name === topic)
  const splits: { readonly offset: number; readonly split: Split }[] = []
  for (let at = info?.extents[0]?.start ?? 0, end = info?.extents[0]?.end ?? 0; at < end;) {
    const chunks = await log.read({ topic, partition: 0 }, at, { chunks: 64 })
    if (chunks.length === 0) break
    for (const chunk of chunks) if (!endOf(chunk)) splits.push(...(decodeItems(chunk).values as readonly Split[]).map((split, index) => ({ offset: chunk.offset + index, split })))
    at = chunks.at(-1)!.next
  }
  return splits
}

// One map task: reads its splits, combines them, leaves a run file.
import { join } from 'node:path'
import type { MapFailure, Mapped, MapTask, PlacedSplit } from '../map-reducer.ts'
import { BatchworkError } from '../model/errors.ts'
import type { ReduceStage } from '../plan/plan.ts'
import type { Source, SourceContext } from '../source.ts'
import { BlockMapper } from './block-mapper.ts'
import { blocksOf } from './blocks.ts'
import type { Combiner } from './key-table.ts'
import { Page } from './mapped-item.ts'
import { RunWriter } from './run-file.ts'

/** Failures of one task that are kept in memory until they are set aside. */
const failuresMax = 200_000

/** `combiner` is empty, and so it is afterwards. */
export async function mapSplits(stage: ReduceStage, task: MapTask, combiner: Combiner, folder: string, context: SourceContext): Promise<Mapped> {
  const writer = new RunWriter(join(folder, task.name))
  try {
    const { reducer } = stage
    const { source, operators } = sourceOf(stage, task.input)
    const failures: MapFailure[] = []
    const spill = () => {
      writer.write(combiner.drain())
      combiner.clear()
    }
    combiner.begin()
    const mapper = new BlockMapper({ operators, reducer, combiner, onFull: spill, onFailure: failure => keep(failures, failure, stage) })
    const items: number[] = []
    for (const split of task.splits) items.push(await mapSplit(split, source, task, { mapper, combiner, context }))
    spill()
    return { file: writer.finish(), items, units: mapper.units, dropped: mapper.dropped, failures }
  } finally {
    writer.close()
  }
}

function sourceOf({ name, inputs }: ReduceStage, input: string) {
  const found = inputs.find(each => each.name === input)
  if (found?.from.kind !== 'source') throw new BatchworkError('PLAN_DIFFERS', `stage '${name}' has no source '${input}' in this thread; does the pipeline's build function depend on something that differs between threads?`)
  return { source: found.from.source, operators: found.operators }
}

interface Mapping {
  readonly mapper: BlockMapper
  readonly combiner: Combiner
  readonly context: SourceContext
}

async function mapSplit({ offset, split }: PlacedSplit, source: Source<unknown>, { input, time }: MapTask, { mapper, combiner, context }: Mapping): Promise<number> {
  let count = 0
  for await (const block of blocksOf(source, split, context)) {
    context.signal.throwIfAborted()
    count += mapper.map(new Page(block, `${input}:${offset}:`, count, time))
    combiner.measure()
  }
  return count
}

function keep(failures: MapFailure[], failure: MapFailure, { name }: ReduceStage): void {
  if (failures.push(failure) <= failuresMax) return
  throw new BatchworkError('TOO_MANY_FAILURES', `more than ${failuresMax} items of one part failed on the way into '${name}', the last at ${failure.origin}: ${(failure.error as Error)?.message ?? String(failure.error)}. Mend what fails, or drop such items with a filter`)
}

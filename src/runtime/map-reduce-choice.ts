// Whether a stage maps and reduces its source split by split, or item by item. Settled once for a run: what is begun in one way goes on in it.
import { BatchworkError } from '../model/errors.ts'
import type { MapReducer } from '../map-reducer.ts'
import { mapsSplits } from '../plan/map-reduce.ts'
import type { Plan, ReduceStage, StagePlan } from '../plan/plan.ts'
import type { Environment } from './environment.ts'
import { runsIn } from './map-reduce-runs.ts'
import type { RunNames } from './names.ts'

export interface MapReducePlace {
  readonly plan: Plan
  readonly names: RunNames
  readonly environment: Environment
  readonly isEndless: boolean
  /** Whether the stage is in the middle of splits that it read item by item. */
  readonly hasPositions: boolean
}

export const runsStore = ({ name, version }: ReduceStage) => `${name}/runs/${version}`
export const sumsStore = ({ name, version }: ReduceStage) => `${name}/sums/${version}`

export async function mapReducerOf(stage: StagePlan, { plan, names, environment, isEndless, hasPositions }: MapReducePlace): Promise<MapReducer | undefined> {
  if (stage.kind !== 'reduce' || isEndless || !mapsSplits(stage)) return undefined
  const { log, mapReducerFor } = environment
  const runs = await runsIn(log, names.store(runsStore(stage)))
  if (!mapReducerFor) {
    if (runs.length > 0) throw new BatchworkError('ENGINE', `stage '${stage.name}' has run files of its splits, which this engine does not know; go on where the run began, or start anew (--fresh)`)
    return undefined
  }
  const [sum] = await log.scan(names.store(sumsStore(stage)), undefined, 1)
  if (runs.length === 0 && (hasPositions || sum)) return undefined
  const mapReducer = mapReducerFor(stage, { scope: names.scope, hash: plan.hash })
  await mapReducer.keepOnly(runs.map(({ file }) => file))
  return mapReducer
}

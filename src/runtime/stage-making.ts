// All that the runner of a stage is made of.
import type { PartitionId, Progress } from '../log.ts'
import type { MapReducer } from '../map-reducer.ts'
import type { RetryState } from '../model/item.ts'
import type { InputPlan, Plan, StagePlan } from '../plan/plan.ts'
import type { Limiter } from '../policies/limiter.ts'
import type { Counters } from './counts.ts'
import type { Environment, Limiters } from './environment.ts'
import type { RunNames } from './names.ts'
import type { PartitionReader } from './partition-reader.ts'
import type { SteeredBefore } from './steerings.ts'

export interface StageMaking {
  readonly plan: Plan
  readonly names: RunNames
  /** Those of the stage's lanes that are made here, and under which key what they count is kept. */
  readonly lanes: readonly number[]
  readonly countsKey: string
  /** Unlike the scope never used again, whatever becomes of the store: sinks know a run by it. */
  readonly runId: string
  readonly environment: Environment
  /** Where the stage maps its source split by split. */
  readonly mapReducer: MapReducer | undefined
  /** When the run began, in milliseconds since 1970. */
  readonly startedAt: number
  readonly limiters: Limiters
  /** Where runners of other lanes of the stage have the same executor. */
  readonly slots?: ((capacity: number) => Limiter) | undefined
  readonly epoch: () => number
  readonly round: () => number
  readonly isEndless: boolean
  readonly signal: AbortSignal
  readonly counters: Counters
  readonly endedLanes: ReadonlySet<number>
  readonly progress: readonly Progress[]
  readonly positions: ReadonlyMap<string, string>
  readonly held: ReadonlyMap<string, RetryState>
  /** Of a sharded stage, from before. */
  readonly steered: SteeredBefore
  /** Where bounded reads of users' topics stop, by topic and partition. */
  readonly until: ReadonlyMap<string, readonly number[]>
  /** Where a partition ended before the run went on, if nobody can have appended to it since. */
  readonly ends: (partition: PartitionId) => number | undefined
  readonly readers: Map<string, PartitionReader[]>
  readonly isOpen: (gate: InputPlan['gates'][number]) => boolean
  /** By lane: neither paused nor held back by slower readers. Kept up to date by the run. */
  readonly mayRun: (stage: StagePlan) => readonly boolean[]
  readonly hasEnded: (stage: string) => boolean
  readonly mayEnd: (stage: StagePlan) => boolean
  readonly wake: () => void
  readonly onCommitted: () => void
  readonly onError: (error: unknown) => void
}

// Where a stage takes its flights from: a partition of a topic, the splits of a source, the retries. Each keeps its own progress.
import type { Progress, StateChange } from '../log.ts'
import type { Flight, Origin } from './flight.ts'

export interface Feed extends Origin {
  /** Feeds of one stage are read in proportion to their weights. */
  readonly weight: number
  /** Reads on if there is room. Wakes the stage when something came. */
  fill(): void
  /** The next flight, if one is ready. */
  take(): Flight | undefined
  /** Whether something is ready or will be without anything upstream happening. */
  readonly isBusy: boolean
  /** Whether nothing will come any more in this round. */
  readonly isEnded: boolean
  /** What a commit must hold for that. */
  changes(): { readonly progress: readonly Progress[]; readonly state: readonly StateChange[] }
}

/** Weights of high, normal and low priority; retries come like low. */
export const weights: readonly number[] = [16, 4, 1]
export const normalWeight = 4
export const retryWeight = 1

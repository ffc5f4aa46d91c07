// What watches the attempts of a sharded stage and steers its shards: a staged rollout, the spill of a failing shard. Each keeps what must
// outlast a restart in the stage's own commits.
import type { StateChange } from '../log.ts'
import type { RetryState } from '../model/item.ts'
import type { Flight } from './flight.ts'

export interface Steering {
  /** An attempt begins. */
  starting(flight: Flight, unit: number): void
  succeeded(flight: Flight, unit: number): void
  /** An attempt failed: gives what becomes of its item. `after` is what would become of it elsewhere. */
  failed(flight: Flight, unit: number, error: unknown, before: RetryState | undefined, after: RetryState): RetryState
  /** Whether a shard may start its items. */
  mayStart(lane: number): boolean
  /** Does what it is time for. */
  pump(): void
  /** A person lets the stage, or a shard of it, go on. */
  resumed(): void
  readonly hasChanges: boolean
  takeChanges(): readonly StateChange[]
  close(): void
}

/** What each asks of its stage. */
export interface SteeredStage {
  readonly name: string
  readonly shards: readonly { readonly name: string; readonly weight: number }[]
  readonly now: () => number
  readonly wakeAfter: (delayMs: number) => { cancel(): void }
  readonly say: (level: 'info' | 'warn', message: string) => void
}

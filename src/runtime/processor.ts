// What a stage does with its units. One implementation for each kind of stage; the stage itself reads, commits and ends the same for all.
import type { StateChange } from '../log.ts'
import type { RetryState } from '../model/item.ts'
import type { Items } from '../model/items.ts'
import type { Flight } from './flight.ts'
import type { Intake } from './intake.ts'

/** What a processor asks of its stage. */
export interface Host {
  readonly intake: Intake
  /** Whether a lane is neither paused nor over its share of the slots. */
  readonly mayRun: (lane: number) => boolean
  /** The unit, of a flight that was taken, is finished. */
  readonly settle: (flight: Flight, unit: number, result: unknown) => void
  readonly fail: (flight: Flight, unit: number, error: unknown) => void
  /** Failed, to be tried again in place at the time given; nothing if it is to be failed. */
  readonly hold: (flight: Flight, unit: number, error: unknown) => RetryState | undefined
  readonly retryOf: (flight: Flight, unit: number) => RetryState | undefined
  readonly wake: () => void
  readonly onError: (error: unknown) => void
}

export interface Processor {
  /** Starts whatever there is room for. */
  pump(): void
  /** Units at work now. */
  readonly inFlight: number
  /** Changes of state that belong to what was settled so far. */
  changes(): readonly StateChange[]
  /** Called after a commit is durable. */
  committed(): void
  /** Results to append that belong to no unit: running results of a reduce. */
  extraResults(): readonly Items[]
  /** Called when every lane has nothing left, until it gives no more: what is to be appended before the stage ends, a chunk at a time. */
  finish(): Promise<{ readonly results: readonly Items[]; readonly state: readonly StateChange[] } | undefined>
  /** Stops threads and processes; units at work are abandoned. */
  close(): Promise<void>
}

/** A processor that keeps nothing between commits. */
export abstract class StatelessProcessor implements Processor {
  abstract pump(): void
  abstract readonly inFlight: number

  changes(): readonly StateChange[] {
    return []
  }

  committed(): void {}

  extraResults(): readonly Items[] {
    return []
  }

  async finish(): Promise<undefined> {
    return undefined
  }

  async close(): Promise<void> {}
}

// What a stage does with its units. One implementation for each kind of stage; the stage itself reads, commits and ends the same for all.
import type { WorkTimes } from '../executor.ts'
import type { StateChange } from '../log.ts'
import type { RetryState } from '../model/item.ts'
import type { EncodedChunk } from '../model/chunk.ts'
import type { Items } from '../model/items.ts'
import type { Counters } from './counts.ts'
import type { Flight } from './flight.ts'
import type { Intake } from './intake.ts'
import type { FlightOutcome } from './outcomes.ts'

/** What a processor asks of its stage. */
export interface Host {
  readonly intake: Pick<Intake, 'nextUnit' | 'nextFlight'>
  /** Whether a lane is neither paused nor over its share of the slots. */
  readonly mayRun: (lane: number) => boolean
  /** An attempt begins. */
  readonly starting: (flight: Flight, unit: number) => void
  /** The unit, of a flight that was taken, is finished. */
  readonly settle: (flight: Flight, unit: number, result: unknown) => void
  /** Likewise all that are still open, of a flight; `results` has a place for each of its units, and without it each passes on its input. */
  readonly settleAll: (flight: Flight, results?: readonly unknown[]) => void
  readonly fail: (flight: Flight, unit: number, error: unknown) => void
  /** Failed, to be tried again in place at the time given; nothing if it is to be failed. */
  readonly hold: (flight: Flight, unit: number, error: unknown) => RetryState | undefined
  readonly retryOf: (flight: Flight, unit: number) => RetryState | undefined
  /** Whatever is settled within is committed together, or none of it. */
  readonly inOneCommit: (settle: () => void) => void
  /** Commits what there is, without waiting for more of it. */
  readonly commitNow: () => void
  /** Whether nothing will come any more in this round. */
  readonly isInputOver: () => boolean
  readonly wake: () => void
  readonly onError: (error: unknown) => void
}

/** What became of the items inside of the parts of a source that were settled. */
export interface Contents {
  readonly dead: readonly Items[]
  /** Without those that failed: they are counted where they are set aside. */
  readonly counters: Partial<Counters>
  readonly outcomes: readonly FlightOutcome[]
}

/** What is to be appended before a stage ends. */
export interface LastResults {
  readonly results: readonly Items[]
  /** Results that are encoded already, after the others. */
  readonly chunks?: readonly EncodedChunk[] | undefined
  readonly state: readonly StateChange[]
}

export interface Processor {
  /** Starts whatever there is room for. */
  pump(): void
  /** Units at work now. */
  readonly inFlight: number
  /** Of those, units that keep their place and wait for their next attempt. */
  readonly waitingForRetry?: number
  /** Changes of state that belong to what was settled so far. */
  changes(): readonly StateChange[]
  /** Whether there are changes that should be committed though nothing was settled. */
  readonly hasChanges?: boolean
  /** Whether what it holds without working on it can go on only when more comes. */
  readonly waitsForMore?: boolean
  /** Called after a commit is durable. */
  committed(): void
  /** Results to append that belong to no unit: running results of a reduce. */
  extraResults(): readonly Items[]
  /** Called when every lane has nothing left, until it gives no more: what is to be appended before the stage ends, a chunk at a time. */
  finish(): Promise<LastResults | undefined>
  /** Taken once for each commit: of what was settled so far. */
  takeContents?(): Contents | undefined
  /** Taken once for each commit: how long units were at work since. */
  takeTimes?(): WorkTimes
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

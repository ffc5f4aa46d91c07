// What a commit did, for `trace`: one record a commit, whatever number of items it holds. Ids are runs, so a thousand cost as much as one.
import type { FailedAttempt } from '../model/item.ts'
import type { Items } from '../model/items.ts'
import type { Names, NamesJson } from '../model/names.ts'
import type { Harvest } from './flight.ts'

export interface OutcomeRecord {
  readonly stage: string
  readonly flights: readonly FlightOutcome[]
}

export interface FlightOutcome {
  /** When its work began, in milliseconds since 1970; it was committed when the record was appended. */
  readonly startedAt: number
  readonly done: NamesJson
  /** Attempt that succeeded, where it was not the first. */
  readonly attempts?: readonly number[] | undefined
  readonly dropped?: NamesJson | undefined
  readonly failed?: readonly FailedOutcome[] | undefined
}

export interface FailedOutcome extends FailedAttempt {
  readonly id: string
  /** 'retry' or 'dead'. */
  readonly next: 'retry' | 'dead'
  readonly dueAt: number
}

export function outcomeOf(stage: string, harvests: readonly Harvest[]): Items {
  const record: OutcomeRecord = { stage, flights: harvests.map(flightOutcome) }
  return { values: [JSON.stringify(record)] }
}

function flightOutcome({ flight, units, isWhole }: Harvest): FlightOutcome {
  const { startedAt } = flight
  const done = flight.failures.size === 0 ? units : units.filter(unit => !flight.failures.has(unit))
  const failed = flight.failures.size === 0 ? [] : units.filter(unit => flight.failures.has(unit)).map(unit => failedOutcome(flight, unit))
  return {
    startedAt,
    done: flight.idsOf(done).toJSON(),
    attempts: flight.items.retries && done.map(unit => flight.retryOf(unit)!.attempts + 1),
    dropped: isWhole && flight.units.parents ? droppedIds(flight)?.toJSON() : undefined,
    failed: failed.length > 0 ? failed : undefined,
  }
}

function failedOutcome(flight: Harvest['flight'], unit: number): FailedOutcome {
  const state = flight.failures.get(unit)!
  const last = state.history.at(-1)!
  return { ...last, error: { name: last.error.name, message: last.error.message }, id: flight.idOf(unit), next: state.reason ? 'dead' : 'retry', dueAt: state.dueAt }
}

function droppedIds(flight: Harvest['flight']): Names | undefined {
  const kept = new Set(flight.units.parents)
  const indexes = flight.items.values.map((_, item) => item).filter(item => !kept.has(item))
  return indexes.length > 0 ? flight.items.ids.pick(indexes) : undefined
}

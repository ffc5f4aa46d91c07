// What a commit did, for `trace`: one record a commit, whatever number of items it holds. Ids are runs, so a thousand cost as much as one.
import type { FailedAttempt, RetryState } from '../model/item.ts'
import type { Items } from '../model/items.ts'
import type { Names, NamesJson } from '../model/names.ts'
import type { StagePlan } from '../plan/plan.ts'
import type { Harvest } from './flight.ts'

export interface OutcomeRecord {
  readonly stage: string
  readonly flights: readonly FlightOutcome[]
}

export interface FlightOutcome {
  /** When its work began, in milliseconds since 1970; it was committed when the record was appended. */
  readonly startedAt: number
  readonly done: NamesJson
  /** Parts of a source mapped whole: the prefix of their items' ids, and how many there were. What failed of them is told of beside. */
  readonly mapped?: readonly (readonly [prefix: string, items: number])[] | undefined
  /** Attempt that succeeded, where it was not the first. */
  readonly attempts?: readonly number[] | undefined
  readonly dropped?: NamesJson | undefined
  readonly failed?: readonly FailedOutcome[] | undefined
  /** Given to other shards before they were started. */
  readonly moved?: readonly MovedOutcome[] | undefined
}

export interface MovedOutcome {
  readonly id: string
  /** Name of the shard. */
  readonly to: string
}

export interface FailedOutcome extends FailedAttempt {
  readonly id: string
  /** 'retry' or 'dead'. */
  readonly next: 'retry' | 'dead'
  readonly dueAt: number
}

export function outcomeOf({ name, shards }: Pick<StagePlan, 'name' | 'shards'>, harvests: readonly Harvest[], others: readonly FlightOutcome[] = []): Items {
  const flights = harvests.map((harvest): FlightOutcome => ({ ...flightOutcome(harvest), moved: movedIn(harvest, shards) }))
  const record: OutcomeRecord = { stage: name, flights: [...flights, ...others] }
  return { values: [JSON.stringify(record)] }
}

function movedIn({ flight, units }: Harvest, shards: StagePlan['shards']): FlightOutcome['moved'] {
  if (flight.moved.size === 0) return undefined
  return units.filter(unit => flight.moved.has(unit)).map(unit => ({ id: flight.idOf(unit), to: shards[flight.failures.get(unit)!.movedTo!]!.name }))
}

function flightOutcome({ flight, units, isWhole }: Harvest): FlightOutcome {
  const { startedAt } = flight
  const done = flight.failures.size === 0 ? units : units.filter(unit => !flight.failures.has(unit))
  const failed = flight.failures.size === 0 ? [] : units.filter(unit => flight.failures.has(unit) && !flight.moved.has(unit)).map(unit => failedOutcome(flight, unit))
  return {
    startedAt,
    done: flight.idsOf(done).toJSON(),
    attempts: flight.items.retries && done.map(unit => flight.retryOf(unit)!.attempts + 1),
    dropped: isWhole && flight.units.parents ? droppedIds(flight)?.toJSON() : undefined,
    failed: failed.length > 0 ? failed : undefined,
  }
}

function failedOutcome(flight: Harvest['flight'], unit: number): FailedOutcome {
  return failedAs(flight.idOf(unit), flight.failures.get(unit)!)
}

export function failedAs(id: string, state: RetryState): FailedOutcome {
  const last = state.history.at(-1)!
  return { ...last, error: { name: last.error.name, message: last.error.message }, id, next: state.reason ? 'dead' : 'retry', dueAt: state.dueAt }
}

function droppedIds(flight: Harvest['flight']): Names | undefined {
  const kept = new Set(flight.units.parents)
  const indexes = Array.from({ length: flight.itemCount }, (_, item) => item).filter(item => !kept.has(item))
  return indexes.length > 0 ? flight.items.ids.pick(indexes) : undefined
}

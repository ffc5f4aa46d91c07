// What a commit says of the items inside of mapped splits: how many, which failed and why, and where to look for one of them.
import type { MapFailure, Mapped } from '../map-reducer.ts'
import type { RetryState } from '../model/item.ts'
import type { Items } from '../model/items.ts'
import { Names } from '../model/names.ts'
import { refusal } from './expansion.ts'
import type { Flight } from './flight.ts'
import { failedAs, type FlightOutcome } from './outcomes.ts'
import type { Contents } from './processor.ts'

interface MappedFlight {
  readonly flight: Flight
  readonly mapped: Mapped
}

type Refuse = (error: unknown, before: RetryState | undefined) => RetryState

interface Refused {
  readonly failure: MapFailure
  readonly state: RetryState
}

export function contentsOf(settled: readonly MappedFlight[], refuse: Refuse): Contents {
  const parts = settled.map(each => ({ ...each, refused: each.mapped.failures.map(failure => refusedBy(failure, each.flight, refuse)) }))
  return {
    dead: parts.filter(({ refused }) => refused.length > 0).map(deadOf),
    counters: {
      in: total(settled, ({ items }) => items.reduce((sum, count) => sum + count, 0)),
      units: total(settled, ({ units }) => units),
      done: total(settled, ({ units, failures }) => units - failures.length),
      dropped: total(settled, ({ dropped }) => dropped),
    },
    outcomes: parts.map(outcomeOf),
  }
}

function refusedBy(failure: MapFailure, { origin }: Flight, refuse: Refuse): Refused {
  if (failure.by === 'reducer') return { failure, state: refuse(failure.error, undefined) }
  return { failure, state: { ...refuse(refusal(failure.error), undefined), input: origin.input } }
}

function deadOf({ flight, refused }: { readonly flight: Flight; readonly refused: readonly Refused[] }): Items {
  const keys = refused.map(({ failure }) => failure.key)
  return {
    values: refused.map(({ failure }) => failure.value),
    ids: Names.of(refused.map(({ failure }) => failure.id)),
    origins: Names.of(refused.map(({ failure }) => failure.origin)),
    keys: keys.some(key => key !== null) ? keys : undefined,
    times: (flight.origin as { readonly time?: number }).time,
    retries: refused.map(({ state }) => state),
  }
}

function outcomeOf({ flight, mapped, refused }: MappedFlight & { readonly refused: readonly Refused[] }): FlightOutcome {
  return {
    startedAt: flight.startedAt,
    done: [],
    mapped: mapped.items.map((count, index) => [`${flight.origin.input}:${flight.offset + index}:`, count] as const),
    failed: refused.length > 0 ? refused.map(({ failure, state }) => failedAs(failure.id, state)) : undefined,
  }
}

function total(settled: readonly MappedFlight[], of: (mapped: Mapped) => number): number {
  return settled.reduce((sum, { mapped }) => sum + of(mapped), 0)
}

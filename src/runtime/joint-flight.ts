// Flights that follow each other in a partition as one: a sink's write, its syncs and the commit after it cost by the call, however much it is
// given. A joint flight is only for showing to a sink: what becomes of its units is told to the flights they came from.
import type { FullItems, Items } from '../model/items.ts'
import { joined } from './collect.ts'
import { Flight, type Units } from './flight.ts'

/** Retries go alone: each has a history of its own. */
export function isJoinable(flight: Flight): boolean {
  return flight.isUntouched && !flight.items.retries
}

/** Whether nothing lies between them, and all of the later one is still to be done. */
export function follows(later: Flight, earlier: Flight): boolean {
  return later.origin === earlier.origin && later.offset === earlier.offset + earlier.itemCount && isJoinable(later)
}

export function jointFlight(flights: readonly Flight[]): Flight {
  const { origin, offset, startedAt } = flights[0]!
  return new Flight(origin, offset, itemsOf(flights), unitsOf(flights, offset), startedAt)
}

/** Made when someone asks for them: many a sink writes nothing but values. */
function itemsOf(flights: readonly Flight[]): FullItems {
  let made: Items | undefined
  const all = () => (made ??= joined(flights.map(({ items }) => items)))
  return {
    count: flights.reduce((sum, { itemCount }) => sum + itemCount, 0),
    get values() { return all().values },
    get ids() { return all().ids! },
    get origins() { return all().origins! },
    get times() { return all().times! },
    get keys() { return all().keys },
    get headers() { return all().headers },
  }
}

function unitsOf(flights: readonly Flight[], offset: number): Units {
  const all = <T>(ofUnit: (flight: Flight, unit: number) => T) => flights.flatMap(flight => Array.from({ length: flight.unitCount }, (_, unit) => ofUnit(flight, unit)))
  const some = (column: keyof Units) => flights.some(({ units }) => units[column])
  let values: readonly unknown[] | undefined
  return {
    count: flights.reduce((sum, { unitCount }) => sum + unitCount, 0),
    get values() { return (values ??= ([] as unknown[]).concat(...flights.map(({ units }) => units.values))) },
    get lines() { return joinedLines(flights.map(({ units }) => units.lines)) },
    keys: some('keys') ? all((flight, unit) => flight.keyOf(unit)) : undefined,
    parents: some('parents') ? all((flight, unit) => flight.offsetOf(unit) - offset) : undefined,
    ordinals: some('ordinals') ? all(({ units }, unit) => units.ordinals?.[unit]) : undefined,
  }
}

function joinedLines(parts: readonly (string | undefined)[]): string | undefined {
  return parts.every(part => part !== undefined) ? parts.join('') : undefined
}

// A result that cannot be stored, or whose id, key, time or shard cannot be told, is its own item's failure: the others of the commit go on.
import { toText } from '../model/codec.ts'
import { PermanentError, show } from '../model/errors.ts'
import type { RetryState } from '../model/item.ts'
import { itemBytesMax } from '../model/items.ts'
import { thrownText } from '../model/thrown.ts'
import type { Flight, Harvest } from './flight.ts'

export interface Storing {
  /** Throws what storing the results of a harvest would throw. */
  readonly tryStoring: (harvest: Harvest) => void
  /** What becomes of a unit that failed for good. */
  readonly refuse: (flight: Flight, unit: number, error: PermanentError) => RetryState
}

/** Called when storing all of it failed. Gives the number of units that are to blame, which are failed now. */
export function failUnstorable(harvests: readonly Harvest[], storing: Storing): number {
  let count = 0
  for (const harvest of harvests) for (const unit of harvest.units) if (isMended(harvest, unit, storing)) count++
  return count
}

function isMended(harvest: Harvest, unit: number, { tryStoring, refuse }: Storing): boolean {
  const { flight } = harvest
  const error = thrownBy(() => tryStoring({ ...harvest, units: [unit] }))
  const isNew = error !== undefined && !flight.failures.has(unit)
  if (isNew) flight.refuse(unit, refuse(flight, unit, new PermanentError(`its result cannot be stored: ${thrownText(error)}`, { cause: error })))
  if (!flight.failures.has(unit)) return false
  return describeValue(flight, unit) || isNew
}

/** A dead letter holds the item; where that is what cannot be stored, a text about it. */
function describeValue(flight: Flight, unit: number): boolean {
  const value = flight.units.values[unit]
  if (thrownBy(() => checkStorable(value)) === undefined) return false
  flight.replaceValue(unit, `not stored: ${thrownBy(() => show(value)) === undefined ? show(value) : typeof value}`)
  return true
}

function checkStorable(value: unknown): void {
  if (toText(value).length > itemBytesMax) throw new RangeError('too large')
}

/** Undefined where nothing is thrown. */
function thrownBy(attempt: () => unknown): unknown {
  try {
    attempt()
    return undefined
  } catch (error) {
    return error ?? new Error('nothing was thrown, as an error')
  }
}

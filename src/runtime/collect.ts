// What a commit appends for the units it finishes: their results by partition of the output topic, retries by delay class, dead letters.
import type { RetryState } from '../model/item.ts'
import type { Items } from '../model/items.ts'
import { chunkItemsMax, countOf, joinedValues } from '../model/items.ts'
import { Names } from '../model/names.ts'
import { retryDelaysMs } from '../plan/topics.ts'
import { dropped, type Flight, type Harvest } from './flight.ts'
import { byPlace, placed, type Placing, type Share } from './placement.ts'

/** Results of finished units by partition of the output topic. */
export function resultsOf(harvests: readonly Harvest[], stage: string, derives: boolean, placing: Placing): ReadonlyMap<number, readonly Items[]> {
  const emitting = harvests.map(({ flight, units }) => ({ flight, units: flight.results.includes(dropped) ? units.filter(unit => flight.results[unit] !== dropped) : units }))
  return mapValues(placed(emitting, placing), shares => shares.map(share => derivedItems(share, stage, derives)))
}

/** Failed units that run again, by delay class. */
export function retriesOf(harvests: readonly Harvest[], now: number): ReadonlyMap<number, readonly Items[]> {
  const placeOf = ({ origin }: Flight, { movedTo, dueAt }: RetryState) => (movedTo ?? origin.lane) * retryDelaysMs.length + delayClass(dueAt - now)
  const again = failedIn(harvests, ({ reason }) => !reason)
  return mapValues(byPlace(again, ({ flight, units }) => Map.groupBy(units, unit => placeOf(flight, flight.failures.get(unit)!))), shares => shares.map(failedItems))
}

export function deadLettersOf(harvests: readonly Harvest[]): ReadonlyMap<number, readonly Items[]> {
  const dead = failedIn(harvests, ({ reason }) => reason !== undefined)
  return mapValues(byPlace(dead, ({ flight, units }) => [[flight.origin.lane, units]]), shares => shares.map(failedItems))
}

/** The longest class that ends before the item is due; what is due sooner waits in the first, in memory. */
export function delayClass(waitMs: number): number {
  let index = 0
  while (index + 1 < retryDelaysMs.length && retryDelaysMs[index + 1]! <= waitMs) index++
  return index
}

/** Joins small parts to chunks of at most a thousand items. */
export function chunked(parts: readonly Items[]): readonly Items[] {
  if (parts.length === 1 && countOf(parts[0]!) <= chunkItemsMax) return parts
  const chunks: Items[][] = []
  let size = Infinity
  for (const part of parts.flatMap(cut)) {
    const count = countOf(part)
    if (size + count > chunkItemsMax) {
      chunks.push([])
      size = 0
    }
    chunks.at(-1)!.push(part)
    size += count
  }
  return chunks.map(joined)
}

function derivedItems({ flight, units }: Share, stage: string, derives: boolean): Items {
  const given = flight.idsOf(units)
  const ids = derives ? given.suffixedBy(`/${stage}/0`) : given
  const { text } = flight
  if (!text || units.length < flight.unitCount) return { ...metaOf(flight, units), values: units.map(unit => flight.resultOf(unit)), ids }
  return { ...metaOf(flight, units), get values() { return units.map(unit => flight.resultOf(unit)) }, count: units.length, stored: text, ids }
}

/** The units that failed as asked, of each flight that has any. */
function failedIn(harvests: readonly Harvest[], isAsked: (state: RetryState) => boolean): readonly Share[] {
  const asked = ({ flight, units }: Harvest) => units.filter(unit => flight.failures.has(unit) && isAsked(flight.failures.get(unit)!))
  return harvests.filter(({ flight }) => flight.failures.size > 0).map(harvest => ({ flight: harvest.flight, units: asked(harvest) })).filter(({ units }) => units.length > 0)
}

function failedItems({ flight, units }: Share): Items {
  const retries: RetryState[] = units.map(unit => flight.failures.get(unit)!)
  return { ...metaOf(flight, units), values: units.map(unit => flight.units.values[unit]), ids: flight.idsOf(units), retries }
}

function metaOf(flight: Flight, units: readonly number[]): Pick<Items, 'times' | 'keys' | 'headers' | 'origins'> {
  const { items } = flight
  const isWhole = units.length === flight.unitCount && !flight.units.parents
  const parents = isWhole ? units : units.map(unit => flight.itemOf(unit))
  return {
    times: typeof items.times === 'number' ? items.times : parents.map(item => (items.times as readonly number[])[item]!),
    keys: items.keys || flight.units.keys ? units.map(unit => flight.keyOf(unit)) : undefined,
    headers: items.headers && parents.map(item => items.headers![item]!),
    origins: items.origins.pick(parents),
  }
}

function cut(part: Items): readonly Items[] {
  const length = countOf(part)
  if (length <= chunkItemsMax) return [part]
  return Array.from({ length: Math.ceil(length / chunkItemsMax) }, (_, index) => slice(part, index * chunkItemsMax, Math.min(length, (index + 1) * chunkItemsMax)))
}

/** The items from one index up to another. */
export function slice(part: Items, from: number, to: number): Items {
  const indexes = Array.from({ length: to - from }, (_, index) => from + index)
  return {
    values: part.values.slice(from, to), ids: part.ids?.pick(indexes), origins: part.origins?.pick(indexes), keys: part.keys?.slice(from, to),
    times: typeof part.times === 'object' ? part.times.slice(from, to) : part.times, headers: part.headers?.slice(from, to), retries: part.retries?.slice(from, to),
  }
}

/** The items of all, in order. */
export function joined(parts: readonly Items[]): Items {
  if (parts.length === 1) return parts[0]!
  const all = <T>(column: (part: Items) => readonly T[]): readonly T[] => ([] as T[]).concat(...parts.map(column))
  const each = <T>(part: Items, value: T): readonly T[] => Array.from({ length: countOf(part) }, () => value)
  const others = {
    ids: Names.concat(parts.map(part => part.ids!)),
    origins: Names.concat(parts.map(part => part.origins!)),
    times: parts.every(part => part.times === parts[0]!.times) ? parts[0]!.times : all(part => (typeof part.times === 'object' ? part.times : each(part, part.times!))),
    keys: parts.some(part => part.keys) ? all(part => part.keys ?? each(part, null)) : undefined,
    headers: parts.some(part => part.headers) ? all(part => part.headers ?? each(part, null)) : undefined,
    retries: parts[0]!.retries && all(part => part.retries!),
  }
  const stored = joinedValues(parts)
  if (!stored) return { ...others, values: all(part => part.values) }
  return { ...others, get values() { return all(part => part.values) }, count: parts.reduce((sum, part) => sum + countOf(part), 0), stored }
}

function mapValues<K, A, B>(map: ReadonlyMap<K, A>, change: (value: A) => B): ReadonlyMap<K, B> {
  return new Map(Array.from(map, ([key, value]) => [key, change(value)]))
}

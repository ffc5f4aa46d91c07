// Where in the output's topic results go: to the shard or the part of their key, at their priority; what has no key goes to the parts by turns.
import { levels, type Partitioning } from '../plan/plan.ts'
import { partOfKey, shardOf } from '../policies/sharding.ts'
import type { Flight } from './flight.ts'
import { keyText } from './operators.ts'

/** Units of one flight that go to one place. */
export interface Share {
  readonly flight: Flight
  readonly units: readonly number[]
}

export interface Placing extends Partitioning {
  readonly levelCount: number
  /** The first of the parts that go by turns: another for each commit. */
  readonly turn: number
}

/** Whether where the results of a flight go can be told without looking at them. */
export function isPlacedUnseen({ shards, priority, key, parts }: Partitioning, flight: Flight): boolean {
  if (shards.length > 0 || priority) return false
  return !parts || (!key && !hasKeys(flight))
}

/** What goes where, by partition of the output. */
export function placed(emitting: readonly Share[], placing: Placing): ReadonlyMap<number, readonly Share[]> {
  const places = new Places()
  const total = emitting.reduce((sum, { units }) => sum + units.length, 0)
  if (emitting.every(({ flight }) => isPlacedUnseen(placing, flight))) placeByTurns(emitting, placing, total, places)
  else placeEach(emitting, placing, total, places)
  return places.all
}

/** Each part gets a run of neighbours. A flight that fits into one stays whole: if it is text already, it can go on as it is. */
function placeByTurns(emitting: readonly Share[], { parts = 1, levelCount, turn }: Placing, total: number, places: Places): void {
  const run = Math.ceil(total / parts)
  let next = 0
  for (const { flight, units } of emitting) {
    for (let from = 0; from < units.length;) {
      const to = from === 0 && units.length <= run ? units.length : Math.min(units.length, from + run - (next % run))
      places.add(partitionAt((turn + Math.floor(next / run)) % parts, normal, levelCount), flight, units.slice(from, to))
      next += to - from
      from = to
    }
  }
}

function placeEach(emitting: readonly Share[], { by, shards, priority, parts, key, levelCount, turn }: Placing, total: number, places: Places): void {
  const partOf = parts ? spread(parts, key, turn, total) : undefined
  for (const { flight, units } of emitting) {
    for (const unit of units) {
      const value = flight.resultOf(unit)
      const shard = by ? shardOf(by(value), shards) : shards.length > 0 ? flight.homeOf(unit) : (partOf?.(flight, unit, value) ?? 0)
      places.add(partitionAt(shard, priority ? levels.indexOf(priority(value)) : normal, levelCount), flight, [unit])
    }
  }
}

/** What has a key goes where the key belongs; of the others each part gets a run of neighbours. */
function spread(parts: number, keyOf: Partitioning['key'], turn: number, count: number): (flight: Flight, unit: number, value: unknown) => number {
  const run = Math.ceil(count / parts)
  let next = 0
  return (flight, unit, value) => {
    const key = keyOf ? keyText(keyOf(value)) : flight.keyOf(unit)
    return key === null ? (turn + Math.floor(next++ / run)) % parts : partOfKey(key, parts)
  }
}

const normal = levels.indexOf('normal')

function partitionAt(shard: number, level: number, levelCount: number): number {
  return levelCount === 1 ? shard : shard * levelCount + level
}

function hasKeys({ items, units }: Flight): boolean {
  return items.keys !== undefined || units.keys !== undefined
}

/** Shares by place; neighbours of one flight are one. */
export class Places {
  readonly all = new Map<number, { readonly flight: Flight; readonly units: number[] }[]>()

  add(place: number, flight: Flight, units: readonly number[]): void {
    if (units.length === 0) return
    let list = this.all.get(place)
    if (!list) this.all.set(place, (list = []))
    const last = list.at(-1)
    if (last?.flight === flight) last.units.push(...units)
    else list.push({ flight, units: units.length === flight.unitCount ? (units as number[]) : [...units] })
  }
}

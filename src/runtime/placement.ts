// Where in the output's topic results go: to the shard or the part of their key, at their priority; what has no key goes to the part that was given least.
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
  readonly even: EvenParts
}

/** A flight may make a part so much larger than the others. */
const unevenShareMax = 1 / 8

/** What each part was given of the results that may go to any. */
export class EvenParts {
  readonly #given: number[]
  readonly #first: number
  #all = 0

  /** `first`: the part that is given something first. */
  constructor(parts: number, first: number) {
    this.#given = Array.from({ length: parts }, () => 0)
    this.#first = first % parts
  }

  /** How many units of a flight of so many stay together: all, once that makes no part much larger than the others. */
  runOf(units: number): number {
    const parts = this.#given.length
    return units <= (this.#all / parts) * unevenShareMax ? units : Math.ceil(units / parts)
  }

  /** The part that has least, for so many more. */
  next(units: number): number {
    const parts = this.#given.length
    let least = this.#first
    for (let step = 1; step < parts; step++) {
      const part = (this.#first + step) % parts
      if (this.#given[part]! < this.#given[least]!) least = part
    }
    this.#given[least]! += units
    this.#all += units
    return least
  }
}

/** Whether where the results of a flight go can be told without looking at them. */
export function isPlacedUnseen({ shards, priority, key, parts }: Partitioning, flight: Flight): boolean {
  if (shards.length > 0 || priority) return false
  return !parts || (!key && !hasKeys(flight))
}

/** What goes where, by partition of the output. */
export function placed(emitting: readonly Share[], placing: Placing): ReadonlyMap<number, readonly Share[]> {
  const places = new Places()
  for (const { flight, units } of emitting) {
    if (isPlacedUnseen(placing, flight)) placeInRuns(flight, units, placing, places)
    else for (const unit of units) places.add(partitionOf(flight, unit, placing), flight, [unit])
  }
  return places.all
}

/** A flight that stays whole can go on as the text it is. */
function placeInRuns(flight: Flight, units: readonly number[], { even, levelCount }: Placing, places: Places): void {
  const run = even.runOf(units.length)
  for (let from = 0; from < units.length; from += run) {
    const own = units.slice(from, from + run)
    places.add(partitionAt(even.next(own.length), normal, levelCount), flight, own)
  }
}

function partitionOf(flight: Flight, unit: number, { by, shards, priority, parts, key: keyOf, levelCount, even }: Placing): number {
  const value = flight.resultOf(unit)
  const partOf = () => {
    const key = keyOf ? keyText(keyOf(value)) : flight.keyOf(unit)
    return key === null ? even.next(1) : partOfKey(key, parts!)
  }
  const shard = by ? shardOf(by(value), shards) : shards.length > 0 ? flight.homeOf(unit) : parts ? partOf() : 0
  return partitionAt(shard, priority ? levels.indexOf(priority(value)) : normal, levelCount)
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

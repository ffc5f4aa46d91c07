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

/** Units that stay together may make a part so much larger than the others. */
const unevenShareMax = 1 / 8

/** Neighbours that go to one part: from one index up to another. */
export interface PlacedRun {
  readonly part: number
  readonly from: number
  readonly to: number
}

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

  /** Where so many go: all to one part, once that makes it not much larger than the others. */
  *runs(units: number): Generator<PlacedRun> {
    const run = this.#runOf(units)
    for (let from = 0; from < units; from += run) {
      const to = Math.min(units, from + run)
      yield { part: this.next(to - from), from, to }
    }
  }

  #runOf(units: number): number {
    const parts = this.#given.length
    return units <= (this.#all / parts) * unevenShareMax ? units : Math.ceil(units / parts)
  }
}

/** Whether where the results of a flight go can be told without looking at them. */
export function isPlacedUnseen({ shards, priority, key, parts }: Partitioning, flight: Flight): boolean {
  if (shards.length > 0 || priority) return false
  return !parts || (!key && !hasKeys(flight))
}

/** What goes where, by partition of the output. */
export function placed(emitting: readonly Share[], placing: Placing): ReadonlyMap<number, readonly Share[]> {
  return byPlace(emitting, ({ flight, units }) => (isPlacedUnseen(placing, flight) ? inRuns(units, placing) : Map.groupBy(units, unit => partitionOf(flight, unit, placing))))
}

/** The shares at each place, of those that `divided` makes of each. */
export function byPlace(shares: readonly Share[], divided: (share: Share) => Iterable<readonly [number, readonly number[]]>): ReadonlyMap<number, readonly Share[]> {
  const places = new Map<number, Share[]>()
  for (const share of shares) {
    for (const [place, units] of divided(share)) {
      const list = places.get(place)
      if (list) list.push({ flight: share.flight, units })
      else places.set(place, [{ flight: share.flight, units }])
    }
  }
  return places
}

/** Units that stay together are given as they are: a whole flight can go on as the text it is. */
function* inRuns(units: readonly number[], { even, levelCount }: Placing): Generator<readonly [number, readonly number[]]> {
  for (const { part, from, to } of even.runs(units.length)) yield [partitionAt(part, normal, levelCount), to - from === units.length ? units : units.slice(from, to)]
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

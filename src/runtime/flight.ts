// A chunk at work: its units (the items, or what the operators made of them), what came of each, and which items are finished but not
// yet committed. Accounting is per item, its cost per chunk: a chunk that is done as a whole is one range.
import type { RetryState } from '../model/item.ts'
import { countOf, decodeValues, type FullItems, type StoredValues } from '../model/items.ts'
import type { Names } from '../model/names.ts'
import type { Range } from '../model/ranges.ts'

/** Where a flight came from, and where it is accounted for. */
export interface Origin {
  /** The input it belongs to; undefined for the retries of the stage. */
  readonly input: string | undefined
  readonly lane: number
  /** Stable number of this partition within the stage, for sinks. */
  readonly partition: number
  /** Whether its items are parts of a source: what is in them is counted and told of by the processor. */
  readonly isWorkList?: boolean | undefined
  /** Notes what a commit makes done. */
  complete(harvest: Harvest): void
}

/** Units in the order of the items they came of. Without `parents`, unit k is item k. */
export interface Units {
  /** Of values that are made when they are asked for; left out where they are there. */
  readonly count?: number | undefined
  readonly values: readonly unknown[]
  /** The values as JSON Lines, where they are at hand and nobody has asked for the values. */
  readonly lines?: string | undefined
  readonly keys?: readonly (string | null)[] | undefined
  readonly parents?: readonly number[] | undefined
  /** Which of an item's parts a unit is; undefined where it is the item itself. */
  readonly ordinals?: readonly (number | undefined)[] | undefined
  /** Gives up the values: nobody asks for them any more. */
  forgetValues?(): void
}

/** What is finished and not yet committed: whole items with all their units. */
export interface Harvest {
  readonly flight: Flight
  readonly units: readonly number[]
  readonly isWhole: boolean
  readonly ranges: readonly Range[]
  readonly itemCount: number
}

/** In place of a result: the unit passes on its input, gives nothing, runs again later, or is given up on. */
export const passed = Symbol('passed')
export const dropped = Symbol('dropped')
const open = Symbol('open')

export class Flight {
  readonly origin: Origin
  /** Offset of the first item. */
  readonly offset: number
  readonly items: FullItems
  readonly units: Units
  readonly startedAt: number
  readonly itemCount: number
  readonly unitCount: number
  /** By unit. */
  readonly results: unknown[]
  /** Units that failed: run again at `dueAt`, or with a reason dead. */
  readonly failures = new Map<number, RetryState>()
  /** Those of `failures` that did not fail: another shard runs them. */
  readonly moved = new Set<number>()
  /** Items whose operators gave nothing. */
  readonly droppedItems: number
  /** The unit to be started next. */
  cursor = 0
  #text: StoredValues | undefined
  #unitsLeft: number
  readonly #leftByItem: Uint32Array | undefined
  /** Finished and not harvested: most finish in order, and are a stretch from one item up to another. */
  #stretchFrom = 0
  #stretchTo = 0
  /** The others, in any order. */
  #finished: number[] = []
  #harvested = 0

  /** `skip` tells which items were done before. */
  constructor(origin: Origin, offset: number, items: FullItems, units: Units, startedAt: number, skip?: (item: number) => boolean) {
    this.origin = origin
    this.offset = offset
    this.items = items
    this.units = units
    this.startedAt = startedAt
    this.itemCount = countOf(items)
    this.unitCount = units.count ?? units.values.length
    this.results = openResults(this.unitCount)
    this.#unitsLeft = this.unitCount
    if (units.parents) this.#leftByItem = countByItem(units.parents, this.itemCount)
    this.droppedItems = this.#leftByItem ? this.#finishEmpty(skip) : 0
    if (!units.parents && skip) this.#skipUnits(skip)
  }

  /** The results as text, where they are kept so. */
  get text(): StoredValues | undefined {
    return this.#text
  }

  get isDone(): boolean {
    return this.#unitsLeft === 0
  }

  /** Whether nothing became of any unit yet. */
  get isUntouched(): boolean {
    return this.#unitsLeft === this.unitCount
  }

  get hasHarvest(): boolean {
    return this.#stretchTo > this.#stretchFrom || this.#finished.length > 0
  }

  isOpen(unit: number): boolean {
    return this.results[unit] === open
  }

  itemOf(unit: number): number {
    return this.units.parents ? this.units.parents[unit]! : unit
  }

  offsetOf(unit: number): number {
    return this.offset + this.itemOf(unit)
  }

  idOf(unit: number): string {
    const id = this.items.ids.at(this.itemOf(unit))
    const ordinal = this.units.ordinals?.[unit]
    return ordinal === undefined ? id : `${id}/${ordinal}`
  }

  keyOf(unit: number): string | null {
    return this.units.keys ? this.units.keys[unit]! : (this.items.keys?.[this.itemOf(unit)] ?? null)
  }

  timeOf(unit: number): number {
    const { times } = this.items
    return typeof times === 'number' ? times : times[this.itemOf(unit)]!
  }

  retryOf(unit: number): RetryState | undefined {
    return this.items.retries?.[this.itemOf(unit)]
  }

  /** The lane its results belong to. */
  homeOf(unit: number): number {
    return this.items.retries?.[this.itemOf(unit)]?.home ?? this.origin.lane
  }

  settle(unit: number, result: unknown): void {
    if (this.results[unit] !== open) return
    this.results[unit] = result
    this.#close(unit)
  }

  /** All units that are still open. `results` has a place for each unit of the flight; without it each passes on its input. */
  settleAll(results?: readonly unknown[]): void {
    if (this.isUntouched) return this.#settleUntouched(results)
    for (let unit = 0; unit < this.unitCount; unit++) this.settle(unit, resultAt(results, unit))
  }

  /** All at once. */
  #settleUntouched(results: readonly unknown[] | undefined): void {
    for (let unit = 0; unit < this.unitCount; unit++) this.results[unit] = resultAt(results, unit)
    this.#unitsLeft = 0
    // Items that gave no units are finished already.
    if (this.#leftByItem) this.#leftByItem.forEach((left, item) => { if (left > 0) this.#finish(item) })
    else this.#stretchTo = this.itemCount
    this.#leftByItem?.fill(0)
  }

  fail(unit: number, state: RetryState): void {
    if (this.results[unit] !== open) return
    this.failures.set(unit, state)
    this.results[unit] = dropped
    this.#close(unit)
  }

  /** Fails a unit that was finished, and is not committed yet. */
  refuse(unit: number, state: RetryState): void {
    this.failures.set(unit, state)
    this.results[unit] = dropped
  }

  replaceValue(unit: number, value: unknown): void {
    (this.units.values as unknown[])[unit] = value
  }

  /** Gives a unit that was not started to another shard. */
  move(unit: number, state: RetryState): void {
    if (this.results[unit] !== open) return
    this.moved.add(unit)
    this.fail(unit, state)
  }

  /** What a unit gave, or passes on. */
  resultOf(unit: number): unknown {
    if (this.#text && this.results.length === 0) this.results.push(...decodeValues(this.#text))
    return this.results[unit] === passed ? this.units.values[unit] : this.results[unit]
  }

  /** The results of all units, instead of which only their text is kept from now on, and no inputs. Nothing where some are dropped, or harvested already. */
  keepText(encode: (results: readonly unknown[]) => StoredValues | undefined): void {
    if (!this.isDone || this.#harvested > 0 || this.results.includes(dropped)) return
    this.#text = encode(upTo(this.unitCount).map(unit => this.resultOf(unit)))
    if (!this.#text) return
    this.results.length = 0
    this.units.forgetValues?.()
  }

  /** Takes what is finished since the last time. */
  harvest(): Harvest {
    const itemCount = this.#stretchTo - this.#stretchFrom + this.#finished.length
    const isWhole = this.#harvested === 0 && itemCount === this.itemCount
    this.#harvested += itemCount
    const finished = isWhole ? upTo(itemCount) : this.#finishedInOrder()
    this.#finished = []
    // The next stretch begins after them.
    this.#stretchFrom = this.#stretchTo = Math.max(this.#stretchTo, (finished.at(-1) ?? -1) + 1)
    if (isWhole) return { flight: this, units: upTo(this.unitCount), isWhole, ranges: [[this.offset, this.offset + itemCount]], itemCount }
    return { flight: this, units: this.#unitsOf(finished), isWhole, ranges: rangesOf(finished, this.offset), itemCount }
  }

  #finishedInOrder(): readonly number[] {
    const stretch = Array.from({ length: this.#stretchTo - this.#stretchFrom }, (_, index) => this.#stretchFrom + index)
    return this.#finished.length === 0 ? stretch : [...stretch, ...this.#finished].toSorted((a, b) => a - b)
  }

  /** The ids of these units, compact. */
  idsOf(units: readonly number[]): Names {
    const { parents, ordinals } = this.units
    if (!parents) return this.items.ids.pick(units)
    if (!ordinals) return this.items.ids.pick(units.map(unit => parents[unit]!))
    return this.items.ids.suffixed(units.map(unit => parents[unit]!), units.map(unit => (ordinals[unit] === undefined ? '' : `/${ordinals[unit]}`)))
  }

  #close(unit: number): void {
    this.#unitsLeft--
    const item = this.itemOf(unit)
    if (!this.#leftByItem || --this.#leftByItem[item]! === 0) this.#finish(item)
  }

  #finish(item: number): void {
    if (item === this.#stretchTo) this.#stretchTo++
    else this.#finished.push(item)
  }

  #finishEmpty(skip: ((item: number) => boolean) | undefined): number {
    let empty = 0
    this.#leftByItem!.forEach((left, item) => {
      if (left > 0 || skip?.(item)) return
      this.#finish(item)
      empty++
    })
    if (skip) this.#harvested = 1
    return empty
  }

  #skipUnits(skip: (item: number) => boolean): void {
    for (let unit = 0; unit < this.unitCount; unit++) {
      if (!skip(unit)) continue
      this.results[unit] = dropped
      this.#unitsLeft--
      this.#harvested = 1
    }
  }

  #unitsOf(items: readonly number[]): readonly number[] {
    if (!this.units.parents) return items
    const wanted = new Set(items)
    return [...this.units.parents.keys()].filter(unit => wanted.has(this.units.parents![unit]!))
  }
}

/** A worker that gives nothing for a unit passes its input on. */
function resultAt(results: readonly unknown[] | undefined, unit: number): unknown {
  return results === undefined || results[unit] === undefined ? passed : results[unit]
}

function openResults(count: number): unknown[] {
  const results: unknown[] = []
  for (let unit = 0; unit < count; unit++) results.push(open)
  return results
}

const whole = new Map<number, readonly number[]>()
const wholeSizesMax = 16

/** 0, 1, 2, ... Most flights have one of a few sizes, and are harvested whole: the list is made once. */
export function upTo(count: number): readonly number[] {
  let units = whole.get(count)
  if (!units) {
    units = Array.from({ length: count }, (_, unit) => unit)
    if (whole.size < wholeSizesMax) whole.set(count, units)
  }
  return units
}

function countByItem(parents: readonly number[], items: number): Uint32Array {
  const counts = new Uint32Array(items)
  for (const parent of parents) counts[parent]!++
  return counts
}

function rangesOf(sorted: readonly number[], offset: number): readonly Range[] {
  const ranges: [number, number][] = []
  for (const item of sorted) {
    const last = ranges.at(-1)
    if (last && last[1] === offset + item) last[1]++
    else ranges.push([offset + item, offset + item + 1])
  }
  return ranges
}

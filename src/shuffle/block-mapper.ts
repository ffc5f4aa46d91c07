// Takes the items of one input through its operators into the combiner, and counts. An item fails as a whole where an operator throws, a unit
// alone where the reducer does.
import type { MapFailure } from '../map-reducer.ts'
import { SchemaError } from '../model/errors.ts'
import type { Meta } from '../model/item.ts'
import type { Reducer } from '../model/reducer.ts'
import type { Operator } from '../plan/plan.ts'
import { checkedKey, fused, type Step } from '../runtime/operators.ts'
import type { RawKey } from './key-hash.ts'
import type { Combiner } from './key-table.ts'
import { MappedItem, MappedUnit, type Page } from './mapped-item.ts'

export interface BlockMapping {
  readonly operators: readonly Operator[]
  readonly reducer: Reducer<any, any, any>
  readonly combiner: Combiner
  /** Must make room in the combiner. What it throws ends the mapping: it is no item's failure. */
  readonly onFull: () => void
  readonly onFailure: (failure: MapFailure) => void
}

export class BlockMapper {
  units = 0
  dropped = 0
  readonly #combiner: Combiner
  readonly #onFull: () => void
  readonly #onFailure: (failure: MapFailure) => void
  readonly #map: Step<RawKey, MappedItem>
  /** A reducer that takes equal items by their number, and whose `add` has no third parameter, asks for nothing but their value. */
  readonly #takesValuesAlone: boolean
  /** Whether equal items may be taken together. */
  readonly #countsTogether: boolean
  /** Parts of an item on their way: nothing of it is added before all of it went through. */
  readonly #parts = { values: [] as unknown[], keys: [] as (RawKey | undefined)[], count: 0 }
  readonly #fans: boolean
  #times = 1

  constructor({ operators, reducer, combiner, onFull, onFailure }: BlockMapping) {
    this.#combiner = combiner
    this.#onFull = onFull
    this.#onFailure = onFailure
    this.#fans = operators.some(({ kind }) => kind === 'flatMap')
    this.#takesValuesAlone = reducer.addTimes !== undefined && reducer.add.length < 3
    this.#countsTogether = reducer.addTimes !== undefined && !looksAtItems(operators)
    const parts = this.#parts
    this.#map = fused(operators, checkedKey, this.#fans
      ? (value, key) => {
          parts.values[parts.count] = value
          parts.keys[parts.count++] = key
        }
      : (value, key, item) => this.#add(value, key, item, undefined))
  }

  /** How many items the page holds. */
  map(page: Page): number {
    const { items, times, errors } = page.block
    if (!times && !errors) {
      for (let index = 0; index < items.length; index++) this.#mapItem(items[index], new MappedItem(page, index, 0))
      return items.length
    }
    let count = 0
    for (let index = 0; index < items.length; index++) {
      const repeats = times?.[index] ?? 1
      this.#mapTimes(page, index, repeats)
      count += repeats
    }
    return count
  }

  #mapTimes(page: Page, index: number, times: number): void {
    const value = page.block.items[index]
    const error = page.block.errors?.get(index)
    if (error) for (let turn = 0; turn < times; turn++) this.#fail(value, new MappedItem(page, index, turn), new SchemaError(error.message, []))
    else if (times > 1 && this.#countsTogether) this.#mapTogether(value, new MappedItem(page, index, 0), times)
    else for (let turn = 0; turn < times; turn++) this.#mapItem(value, new MappedItem(page, index, turn))
  }

  #mapTogether(value: unknown, item: MappedItem, times: number): void {
    this.#times = times
    const { units } = this
    try {
      this.#mapItem(value, item)
    } finally {
      this.#times = 1
    }
    // Taken for one item so far.
    if (this.units === units) this.dropped += times - 1
  }

  #mapItem(value: unknown, item: MappedItem): void {
    const { units } = this
    try {
      this.#map(value, undefined, item)
    } catch (error) {
      this.#parts.count = 0
      for (let turn = 0; turn < this.#times; turn++) this.#fail(value, new MappedItem(item.page, item.index, item.turn + turn), error)
      return
    }
    if (this.#fans) this.#addParts(item)
    if (this.units === units) this.dropped++
    if (this.#combiner.isFull) this.#onFull()
  }

  #addParts(item: MappedItem): void {
    const { values, keys, count } = this.#parts
    for (let ordinal = 0; ordinal < count; ordinal++) {
      this.#add(values[ordinal], keys[ordinal], item, ordinal)
      if (this.#combiner.isFull) this.#onFull()
    }
    this.#parts.count = 0
  }

  #add(value: unknown, key: RawKey | undefined, item: MappedItem, ordinal: number | undefined): void {
    this.units += this.#times
    try {
      if (this.#times > 1) this.#combiner.addTimes(key, value, this.#times)
      else this.#combiner.add(key, value, this.#takesValuesAlone ? item : unitOf(item, key, ordinal))
    } catch (error) {
      this.#failUnit(value, key, item, ordinal, error)
    }
  }

  #failUnit(value: unknown, key: RawKey | undefined, item: MappedItem, ordinal: number | undefined, error: unknown): void {
    for (let turn = 0; turn < this.#times; turn++) {
      const unit = unitOf(new MappedItem(item.page, item.index, item.turn + turn), key, ordinal)
      this.#onFailure({ id: unit.id, origin: unit.origin, value, key: key === undefined ? null : JSON.stringify(key), by: 'reducer', error })
    }
  }

  #fail(value: unknown, item: MappedItem, error: unknown): void {
    this.units++
    this.#onFailure({ id: item.id, origin: item.origin, value, key: null, by: 'operator', error })
  }
}

function unitOf(item: MappedItem, key: RawKey | undefined, ordinal: number | undefined): Meta {
  return ordinal === undefined ? item.withKey(key) : new MappedUnit(item, key, ordinal)
}

/** Whether a function asks for more than the value: it must then see an item that stands there several times as often. */
function looksAtItems(operators: readonly Operator[]): boolean {
  return operators.some(operator => {
    switch (operator.kind) {
      case 'map':
      case 'flatMap': return operator.transform.length > 1
      case 'filter': return operator.keep.length > 1
      case 'key': return operator.key.length > 1
      default: return false
    }
  })
}

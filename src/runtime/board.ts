// Turns a chunk into a flight: applies the operators of the input it came through, item by item. An operator that throws fails that item alone.
import type { RetryState } from '../model/item.ts'
import type { Operator } from '../plan/plan.ts'
import { Flight, type Origin, type Units } from './flight.ts'
import { countOf, type FullItems } from '../model/items.ts'
import { Expansion, UnitColumns } from './expansion.ts'

export interface Boarding {
  /** By input. */
  readonly expansions: ReadonlyMap<string, Expansion>
  readonly now: () => number
  /** What becomes of an item that an operator failed. */
  readonly refuse: (error: unknown, before: RetryState | undefined) => RetryState
}

export function boardingOf(inputs: Iterable<readonly [name: string, operators: readonly Operator[]]>, now: Boarding['now'], refuse: Boarding['refuse']): Boarding {
  return { now, refuse, expansions: new Map(Array.from(inputs, ([name, operators]) => [name, new Expansion(operators)])) }
}

export function board({ expansions, now, refuse }: Boarding, feed: Origin, offset: number, items: FullItems, skip?: (item: number) => boolean): Flight {
  const startedAt = now()
  const expansionOf = (item: number) => expansions.get(feed.input ?? items.retries?.[item]?.input ?? '') ?? asTheyAre
  const isPlain = feed.input !== undefined ? expansionOf(0).isPlain && !items.unreadable : !items.retries?.some(({ input }) => input)
  // What a dead letter went through is not what its copy in a `.failed` stream goes through.
  const carried = feed.input !== undefined && items.retries ? withoutRetries(items) : items
  if (isPlain) return new Flight(feed, offset, carried, new ItemUnits(carried), startedAt, skip)
  const { units, refused } = expandAll(items, expansionOf, skip)
  const flight = new Flight(feed, offset, withoutValues(carried), units, startedAt, skip)
  for (const [unit, error] of refused) {
    const state = refuse(error, flight.retryOf(unit))
    flight.fail(unit, { ...state, input: feed.input ?? flight.retryOf(unit)?.input })
  }
  return flight
}

const asTheyAre = new Expansion([])

function expandAll(items: FullItems, expansionOf: (item: number) => Expansion, skip?: (item: number) => boolean): UnitColumns {
  const columns = new UnitColumns()
  for (let item = 0; item < items.values.length; item++) expansionOf(item).expand(items, item, columns, skip?.(item))
  return columns
}

function withoutRetries({ values, ids, times, keys, headers, origins, unreadable }: FullItems): FullItems {
  return { values, ids, times, keys, headers, origins, unreadable }
}

/** What came of them is what is worked on from now on: they need not stay in memory until it is committed. */
function withoutValues(items: FullItems): FullItems {
  const { ids, times, keys, headers, origins, retries } = items
  return { values: [], count: countOf(items), ids, times, keys, headers, origins, retries }
}

/** The items themselves. Those that are stored as text are made when the first is asked for. */
class ItemUnits implements Units {
  readonly count: number
  readonly #items: FullItems
  #values: readonly unknown[] | undefined

  constructor(items: FullItems) {
    this.count = countOf(items)
    this.#items = items
  }

  get values(): readonly unknown[] {
    return (this.#values ??= this.#items.values)
  }

  get lines(): string | undefined {
    return this.#items.lines
  }

  forgetValues(): void {
    this.#values = []
    this.#items.forgetValues?.()
  }
}

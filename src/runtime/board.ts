// Turns a chunk into a flight: applies the operators of the input it came through, item by item. An operator that throws fails that item alone.
import { PermanentError, SchemaError } from '../model/errors.ts'
import type { RetryState } from '../model/item.ts'
import type { Operator } from '../plan/plan.ts'
import { Flight, type Origin, type Units } from './flight.ts'
import { countOf, type FullItems } from '../model/items.ts'
import { thrownText } from '../model/thrown.ts'
import { dateAt } from '../model/time.ts'
import { expand, type OperandMeta } from './operators.ts'

export interface Boarding {
  /** Operators by input. */
  readonly operators: ReadonlyMap<string, readonly Operator[]>
  readonly now: () => number
  /** What becomes of an item that an operator failed. */
  readonly refuse: (error: unknown, before: RetryState | undefined) => RetryState
}

export function board(boarding: Boarding, feed: Origin, offset: number, items: FullItems, skip?: (item: number) => boolean): Flight {
  const startedAt = boarding.now()
  const operatorsOf = (item: number) => boarding.operators.get(feed.input ?? items.retries?.[item]?.input ?? '') ?? []
  const isPlain = feed.input !== undefined ? operatorsOf(0).length === 0 && !items.unreadable : !items.retries?.some(({ input }) => input)
  // What a dead letter went through is not what its copy in a `.failed` stream goes through.
  const carried = feed.input !== undefined && items.retries ? withoutRetries(items) : items
  if (isPlain) return new Flight(feed, offset, carried, new ItemUnits(carried), startedAt, skip)
  const { units, refused } = expandAll(items, operatorsOf, skip)
  const flight = new Flight(feed, offset, carried, units, startedAt, skip)
  for (const [unit, error] of refused) {
    const state = boarding.refuse(error, flight.retryOf(unit))
    flight.fail(unit, { ...state, input: feed.input ?? flight.retryOf(unit)?.input })
  }
  return flight
}

function withoutRetries({ values, ids, times, keys, headers, origins, unreadable }: FullItems): FullItems {
  return { values, ids, times, keys, headers, origins, unreadable }
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

interface Columns {
  readonly values: unknown[]
  readonly keys: (string | null)[]
  readonly parents: number[]
  readonly ordinals: (number | undefined)[]
}

function expandAll(items: FullItems, operatorsOf: (item: number) => readonly Operator[], skip?: (item: number) => boolean): { units: Units; refused: Map<number, unknown> } {
  const columns: Columns = { values: [], keys: [], parents: [], ordinals: [] }
  const refused = new Map<number, unknown>()
  let isOneToOne = true
  let fans = false
  for (let item = 0; item < items.values.length; item++) {
    const before = columns.values.length
    if (!skip?.(item)) addUnits(columns, refused, items, item, operatorsOf(item))
    if (columns.values.length !== before + 1) isOneToOne = false
    if (!fans && operatorsOf(item).some(({ kind }) => kind === 'flatMap')) fans = true
  }
  const { values, keys, parents, ordinals } = columns
  const keyed = keys.some(key => key !== null) ? keys : undefined
  if (isOneToOne && !fans) return { units: { values, keys: keyed }, refused }
  return { units: { values, keys: keyed, parents, ordinals: fans ? ordinals : undefined }, refused }
}

function addUnits({ values, keys, parents, ordinals }: Columns, refused: Map<number, unknown>, items: FullItems, item: number, operators: readonly Operator[]): void {
  const isFanned = operators.some(({ kind }) => kind === 'flatMap')
  const add = (value: unknown, key: string | undefined, ordinal: number | undefined) => {
    values.push(value)
    keys.push(key ?? null)
    parents.push(item)
    ordinals.push(ordinal)
  }
  try {
    const unreadable = items.unreadable?.get(item)
    if (unreadable) throw new SchemaError(unreadable.message, [])
    expand(operators, items.values[item], new ItemMeta(items, item)).forEach(({ value, key }, ordinal) => add(value, key, isFanned ? ordinal : undefined))
  } catch (error) {
    refused.set(values.length, refusal(error))
    add(items.values[item], undefined, undefined)
  }
}

/** What an operator throws fails its item for good. */
export function refusal(error: unknown): unknown {
  return isForGood(error) ? error : new PermanentError(thrownText(error), { cause: error })
}

function isForGood(error: unknown): boolean {
  try {
    return error instanceof SchemaError || error instanceof PermanentError
  } catch {
    return false // A proxy may throw when it is asked what it is.
  }
}

/** What an operator may ask of its item. */
class ItemMeta implements OperandMeta {
  readonly #items: FullItems
  readonly #index: number

  constructor(items: FullItems, index: number) {
    this.#items = items
    this.#index = index
  }

  get id(): string {
    return this.#items.ids.at(this.#index)
  }

  get keyText(): string | undefined {
    return this.#items.keys?.[this.#index] ?? undefined
  }

  get key(): string | undefined {
    return this.keyText === undefined ? undefined : String(JSON.parse(this.keyText))
  }

  get retry(): RetryState | undefined {
    return this.#items.retries?.[this.#index]
  }

  get time(): Date {
    const { times } = this.#items
    return dateAt(typeof times === 'number' ? times : times[this.#index]!)
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#items.headers?.[this.#index] ?? {}
  }

  get origin(): string {
    return this.#items.origins.at(this.#index)
  }
}

// What the operators of an input make of items: none, one or several units of work each, in columns. An operator that throws fails its item alone.
import { PermanentError, SchemaError } from '../model/errors.ts'
import type { RetryState } from '../model/item.ts'
import type { FullItems } from '../model/items.ts'
import { thrownText } from '../model/thrown.ts'
import { dateAt } from '../model/time.ts'
import type { Operator } from '../plan/plan.ts'
import type { Units } from './flight.ts'
import { fused, keyText, type OperandMeta, type Step } from './operators.ts'

/** The units of a chunk. */
export class UnitColumns {
  /** By unit. */
  readonly refused = new Map<number, unknown>()
  readonly #values: unknown[] = []
  readonly #keys: (string | null)[] = []
  readonly #parents: number[] = []
  readonly #ordinals: (number | undefined)[] = []
  /** Whether each item has come to one unit. */
  isOneToOne = true
  /** Whether items may come to several. */
  fans = false

  get count(): number {
    return this.#values.length
  }

  get units(): Units {
    const keys = this.#keys.some(key => key !== null) ? this.#keys : undefined
    if (this.isOneToOne && !this.fans) return { values: this.#values, keys }
    return { values: this.#values, keys, parents: this.#parents, ordinals: this.fans ? this.#ordinals : undefined }
  }

  add(item: number, value: unknown, key: string | undefined, ordinal: number | undefined): void {
    this.#values.push(value)
    this.#keys.push(key ?? null)
    this.#parents.push(item)
    this.#ordinals.push(ordinal)
  }

  /** In place of what came of an item so far. */
  refuse(item: number, value: unknown, before: number, error: unknown): void {
    this.#values.length = this.#keys.length = this.#parents.length = this.#ordinals.length = before
    this.refused.set(before, error)
    this.add(item, value, undefined, undefined)
  }
}

export class Expansion {
  readonly isPlain: boolean
  readonly #fans: boolean
  readonly #step: Step<string, ItemMeta>
  /** What is being expanded; there is one at a time, for operators wait for nothing. */
  #columns: UnitColumns | undefined
  #item = 0
  #before = 0

  constructor(operators: readonly Operator[]) {
    this.isPlain = operators.length === 0
    this.#fans = operators.some(({ kind }) => kind === 'flatMap')
    this.#step = fused(operators, keyText, (value, key) => {
      const columns = this.#columns!
      columns.add(this.#item, value, key, this.#fans ? columns.count - this.#before : undefined)
    })
  }

  /** `isSkipped`: it gives nothing, for it was done before. */
  expand(items: FullItems, item: number, columns: UnitColumns, isSkipped = false): void {
    this.#columns = columns
    this.#item = item
    this.#before = columns.count
    if (!isSkipped) this.#run(items, item, columns)
    this.#columns = undefined
    if (this.#fans) columns.fans = true
    if (columns.count !== this.#before + 1) columns.isOneToOne = false
  }

  #run(items: FullItems, item: number, columns: UnitColumns): void {
    const value = items.values[item]
    try {
      const unreadable = items.unreadable?.get(item)
      if (unreadable) throw new SchemaError(unreadable.message, [])
      const meta = new ItemMeta(items, item)
      this.#step(value, meta.keyText, meta)
    } catch (error) {
      columns.refuse(item, value, this.#before, refusal(error))
    }
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

// What is known of an item that is mapped, beside its value. One is made for every item, so what most never ask for is made when asked.
import type { Meta, RetryState } from '../model/item.ts'
import { dateAt } from '../model/time.ts'
import type { OperandMeta } from '../runtime/operators.ts'
import type { Block } from '../source.ts'
import type { RawKey } from './key-hash.ts'

const noHeaders: Readonly<Record<string, string>> = {}

/** A block with its place in the split. */
export class Page {
  readonly block: Block<unknown>
  readonly time: number
  readonly #prefix: string
  readonly #first: number
  #starts: Float64Array | undefined

  /** `prefix` and an item's ordinal in its split are its id; `first` is the ordinal of the block's first item. */
  constructor(block: Block<unknown>, prefix: string, first: number, time: number) {
    this.block = block
    this.time = time
    this.#prefix = prefix
    this.#first = first
  }

  /** `turn` counts the times of an item that stands there several times. */
  idOf(index: number, turn: number): string {
    return `${this.#prefix}${this.#first + (this.block.times ? this.#startOf(index) : index) + turn}`
  }

  originOf(index: number, turn: number): string {
    return this.block.originOf(index) || this.idOf(index, turn)
  }

  #startOf(index: number): number {
    return (this.#starts ??= startsOf(this.block.times!, this.block.items.length))[index]!
  }
}

function startsOf(times: ArrayLike<number>, count: number): Float64Array {
  const starts = new Float64Array(count)
  for (let index = 1; index < count; index++) starts[index] = starts[index - 1]! + times[index - 1]!
  return starts
}

export class MappedItem implements OperandMeta {
  readonly keyText = undefined
  readonly retry: RetryState | undefined = undefined
  readonly page: Page
  readonly index: number
  readonly turn: number
  #key: RawKey | undefined

  constructor(page: Page, index: number, turn: number) {
    this.page = page
    this.index = index
    this.turn = turn
  }

  /** Where nothing fans out, the unit that the reducer gets is the item, with its key. */
  withKey(key: RawKey | undefined): this {
    this.#key = key
    return this
  }

  get id(): string {
    return this.page.idOf(this.index, this.turn)
  }

  get key(): string | undefined {
    return this.#key === undefined ? undefined : String(this.#key)
  }

  get time(): Date {
    return dateAt(this.page.time)
  }

  get headers(): Readonly<Record<string, string>> {
    return noHeaders
  }

  get origin(): string {
    return this.page.originOf(this.index, this.turn)
  }
}

/** One of several things that operators made of an item. */
export class MappedUnit implements Meta {
  readonly #item: MappedItem
  readonly #key: RawKey | undefined
  readonly #ordinal: number

  constructor(item: MappedItem, key: RawKey | undefined, ordinal: number) {
    this.#item = item
    this.#key = key
    this.#ordinal = ordinal
  }

  get id(): string {
    return `${this.#item.id}/${this.#ordinal}`
  }

  get key(): string | undefined {
    return this.#key === undefined ? undefined : String(this.#key)
  }

  get time(): Date {
    return this.#item.time
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#item.headers
  }

  get origin(): string {
    return this.#item.origin
  }
}

// The items every contender gets, and the proof that each was processed exactly once.

export interface Item {
  readonly id: number
  readonly email: string
  readonly action: string
  readonly amount: number
}

/** An item of about 100 bytes of JSON. */
export function itemAt(id: number): Item {
  return { id, email: `subscriber-${id}@mail.example.com`, action: 'renew-subscription', amount: id % 1000 }
}

export function itemsBetween(start: number, end: number): Item[] {
  const items = new Array<Item>(end - start)
  for (let id = start; id < end; id += 1) items[id - start] = itemAt(id)
  return items
}

/** The first ids of consecutive batches: 0, size, 2 * size, ... below `items`. */
export function batchStarts(items: number, size: number): number[] {
  return Array.from({ length: Math.ceil(items / size) }, (_, index) => index * size)
}

/** Counts how often each item was processed: in a bit an item, so that it is no part worth mention of the memory that is measured. */
export class ProcessedCount {
  readonly #items: number
  readonly #seen: Uint8Array
  readonly #reached = new Map<number, () => void>()
  /** Ids that were seen before, or are none. */
  readonly #again: number[] = []
  #total = 0

  constructor(items: number) {
    this.#items = items
    this.#seen = new Uint8Array(Math.ceil(items / 8))
  }

  get total(): number {
    return this.#total
  }

  add(id: number): void {
    const bit = 1 << (id & 7)
    if (id < this.#items && (this.#seen[id >> 3]! & bit) === 0) this.#seen[id >> 3]! |= bit
    else this.#again.push(id)
    this.#total += 1
    this.#reached.get(this.#total)?.()
  }

  /** Resolves when `total` items have been processed. */
  async reached(total: number): Promise<void> {
    if (this.#total >= total) return
    await new Promise<void>((resolve) => this.#reached.set(total, resolve))
  }

  assertEachOnce(): void {
    const [again] = this.#again
    if (again !== undefined) throw new Error(`Item ${again} was processed again, or is none of them, as ${this.#again.length - 1} others; expected each of ${this.#items} items once. The figures of this run are void.`)
    if (this.#total !== this.#items) throw new Error(`${this.#total} items were processed; expected each of ${this.#items} once. The figures of this run are void.`)
  }
}

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

/** Counts how often each item was processed. */
export class ProcessedCount {
  readonly #timesById: Uint8Array
  readonly #reached = new Map<number, () => void>()
  #total = 0

  constructor(items: number) {
    this.#timesById = new Uint8Array(items)
  }

  get total(): number {
    return this.#total
  }

  add(id: number): void {
    this.#timesById[id] = (this.#timesById[id] ?? 0) + 1
    this.#total += 1
    this.#reached.get(this.#total)?.()
  }

  /** Resolves when `total` items have been processed. */
  async reached(total: number): Promise<void> {
    if (this.#total >= total) return
    await new Promise<void>((resolve) => this.#reached.set(total, resolve))
  }

  assertEachOnce(): void {
    const id = this.#timesById.findIndex((times) => times !== 1)
    if (id === -1 && this.#total === this.#timesById.length) return
    throw new Error(
      `Item ${id} was processed ${this.#timesById[id]} times and ${this.#total} were processed in all; ` +
        `expected each of ${this.#timesById.length} items once. The figures of this run are void.`
    )
  }
}

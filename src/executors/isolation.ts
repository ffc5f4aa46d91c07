// Finds the item that kills its worker by halving, and decides nothing else: what runs where is the pool's. The one thing to know: when
// one half of a group that died survives, the other half holds the killer and is halved without a run of its own; halves that were not
// needed wait together for one run at the end. So a killer among n costs about log2(n) + 2 runs, and a verdict is given only on an item
// that died alone.
//
//   died [1 2 3 4 5 6 7 8]   run [1 2 3 4]: dies     run [1 2]: survives   -> halve [3 4], run [3]: survives -> run [4] alone: dies
//                            later [5 6 7 8]                                  later, once: [5 6 7 8]

interface Part<T> {
  readonly items: readonly T[]
  /** What is known to hold a killer once this part survives. */
  readonly otherHalf: readonly T[] | undefined
}

export class Isolation<T> {
  readonly #parts: Part<T>[] = []
  #innocentSoFar: T[] = []
  #running: Part<T> | undefined

  /** Whether items wait here, running ones included. */
  get busy(): boolean {
    return this.#running !== undefined || this.#parts.length > 0 || this.#innocentSoFar.length > 0
  }

  get running(): boolean {
    return this.#running !== undefined
  }

  /** A worker died with all of these in it, unfinished. Not for a part that came from `next`: that is `died`. */
  suspect(items: readonly T[]): void {
    if (items.length > 1) this.#halve(items)
    else if (items.length === 1) this.#parts.push({ items, otherHalf: undefined })
  }

  /** The part to run now, in a worker with nothing else in it. */
  next(): readonly T[] | undefined {
    if (this.#running) return undefined
    this.#running = this.#parts.pop() ?? this.#takeInnocent()
    return this.#running?.items
  }

  /** The running part is finished. */
  survived(): void {
    const otherHalf = this.#running?.otherHalf
    this.#running = undefined
    if (otherHalf) this.suspect(otherHalf)
  }

  /** The running part died, with these of its items unfinished. The killer is returned once it died alone. */
  died(unfinished: readonly T[]): T | undefined {
    const part = this.#running
    this.#running = undefined
    if (part?.otherHalf) this.#innocentSoFar.push(...part.otherHalf)
    if (part?.items.length === 1) return unfinished[0]
    this.suspect(unfinished)
    return undefined
  }

  /** The running part was stopped for a reason that is not its own: these are to run again as they were. */
  interrupted(unfinished: readonly T[]): void {
    const otherHalf = this.#running?.otherHalf
    this.#running = undefined
    if (unfinished.length > 0) this.#parts.push({ items: unfinished, otherHalf })
    else if (otherHalf) this.suspect(otherHalf)
  }

  /** Everything that waits here, handed out for good. */
  drain(): T[] {
    const waiting = this.#parts.splice(0).flatMap(({ items, otherHalf }) => [...items, ...otherHalf ?? []])
    return [...waiting, ...this.#running?.otherHalf ?? [], ...this.#takeInnocent()?.items ?? []]
  }

  #halve(items: readonly T[]): void {
    const middle = items.length >> 1
    this.#parts.push({ items: items.slice(0, middle), otherHalf: items.slice(middle) })
  }

  #takeInnocent(): Part<T> | undefined {
    if (this.#innocentSoFar.length === 0) return undefined
    const items = this.#innocentSoFar
    this.#innocentSoFar = []
    return { items, otherHalf: undefined }
  }
}

// How far the searches for bad items of failing chunks have come, kept in the stage's state. The one thing to know: a note is committed together
// with what was settled since the one before, so after a crash a search goes on with the part it was at, and at most that part is called again.
import type { StateChange } from '../log.ts'

export const searchStore = (stage: string) => `${stage}/search`

/** A unit's place in its partition: the offset of its item, and which of the item's units it is. */
export type Place = readonly [offset: number, ordinal: number]

/** What is still to be searched, from one unit to another, both included. */
export interface NotedPart {
  readonly from: Place
  readonly to: Place
  /** Called as a whole, or known without a call, to hold a bad one. */
  readonly hasFailed: boolean
}

export interface SearchNote {
  readonly parts: readonly NotedPart[]
  /** Bad ones found by this search. */
  readonly found: number
  /** Units it is done with, bad ones included. */
  readonly searched: number
  /** Whether it is known that it is an item that is bad, and not whatever takes them. */
  readonly hasProbed: boolean
}

export class SearchNotes {
  readonly #store: string
  readonly #before: ReadonlyMap<string, SearchNote>
  readonly #changes = new Map<string, string | null>()
  #waiting: (() => void)[] = []
  #committing: (() => void)[] = []

  /** `before` is what was kept before a restart. */
  constructor(store: string, before: ReadonlyMap<string, string>) {
    this.#store = store
    this.#before = new Map([...before].map(([key, value]) => [key, JSON.parse(value) as SearchNote]))
  }

  get hasChanges(): boolean {
    return this.#changes.size > 0
  }

  /** Whether somebody waits for a commit that has not begun. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0
  }

  /** Searches of this partition that a crash cut off. */
  of(partition: number): readonly (readonly [key: string, note: SearchNote])[] {
    return this.#before.size === 0 ? [] : [...this.#before].filter(([key]) => key.startsWith(`${partition}:`))
  }

  set(key: string, note: SearchNote | undefined): void {
    this.#changes.set(key, note ? JSON.stringify(note) : null)
  }

  /** Resolves when all that was set is durable; never if the stage is closed before. */
  durable(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    return promise
  }

  /** What is to be committed since the last time. */
  takeChanges(): readonly StateChange[] {
    const changes = [...this.#changes].map(([key, value]) => ({ store: this.#store, key, value }))
    this.#changes.clear()
    this.#committing.push(...this.#waiting.splice(0))
    return changes
  }

  committed(): void {
    for (const resolve of this.#committing.splice(0)) resolve()
  }
}

export function isBefore(left: Place, right: Place): boolean {
  return left[0] < right[0] || (left[0] === right[0] && left[1] < right[1])
}

// Splits that wait to be read. Of one group only one is read at a time, in the order listed: what keeps the order of a file needs it.
import type { Split } from '../source.ts'

export interface QueuedSplit {
  readonly offset: number
  readonly split: Split
}

/** Splits that wait, at most, before more are taken: one file in that many parts would hold 300 GB. */
const waitingMax = 10_000

export class SplitQueue {
  #waiting: QueuedSplit[] = []
  /** By group, the offset of the split that is read. */
  readonly #busy = new Map<string, number>()
  /** Nothing can be taken before something is added or a group is free. */
  #isStuck = true

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  get hasRoom(): boolean {
    return this.#waiting.length < waitingMax
  }

  add(splits: readonly QueuedSplit[]): void {
    for (const split of splits) this.#waiting.push(split)
    this.#isStuck = false
  }

  take(): QueuedSplit | undefined {
    if (this.#isStuck) return undefined
    const index = this.#waiting.findIndex(({ split: { group } }) => group === undefined || !this.#busy.has(group))
    this.#isStuck = index < 0
    if (this.#isStuck) return undefined
    const queued = this.#waiting.splice(index, 1)[0]!
    if (queued.split.group !== undefined) this.#busy.set(queued.split.group, queued.offset)
    return queued
  }

  /** This split was read to its end, and all of it taken: the next of its group may follow, though not all of it is done. */
  free(offset: number, { group }: Split): void {
    if (group === undefined || this.#busy.get(group) !== offset) return
    this.#busy.delete(group)
    this.#isStuck = false
  }
}

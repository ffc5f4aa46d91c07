// How many items go to a thread or process at once: as many as it does in a few milliseconds, so that a message is paid per batch and
// yet no item waits long behind another. Measured, never set.
const targetMs = 7
const batchMax = 500
const weightOfNew = 0.5

export class Pace {
  #perItemMs = Number.NaN

  /** `count` items took `elapsedMs` in one member, whatever ran at once in it. */
  measured(count: number, elapsedMs: number): void {
    const latest = Math.max(elapsedMs / count, 0.000_1)
    this.#perItemMs = Number.isNaN(this.#perItemMs) ? latest : this.#perItemMs + weightOfNew * (latest - this.#perItemMs)
  }

  /** 1 until something was measured. */
  get batch(): number {
    if (Number.isNaN(this.#perItemMs)) return 1
    return Math.min(batchMax, Math.max(1, Math.floor(targetMs / this.#perItemMs)))
  }

  /** Items a member may hold: those it works on, and two batches on the way when items are quick. */
  roomOf(perMember: number): number {
    return this.batch > 1 ? perMember + 2 * this.batch : perMember
  }
}

// Holds back work on keys that have their share at work already; with a share of one, a key's work runs in the order it came.

export class KeyGate<Work> {
  readonly #share: number
  readonly #running = new Map<string, number>()
  readonly #parked = new Map<string, Work[]>()
  #parkedCount = 0

  constructor(share: number) {
    this.#share = share
  }

  get parkedCount(): number {
    return this.#parkedCount
  }

  /** Whether this may run now; if not, it is kept and given back by `leave`. */
  enter(key: string, work: Work): boolean {
    const running = this.#running.get(key) ?? 0
    if (running < this.#share) {
      this.#running.set(key, running + 1)
      return true
    }
    const parked = this.#parked.get(key)
    if (parked) parked.push(work)
    else this.#parked.set(key, [work])
    this.#parkedCount++
    return false
  }

  /** One of the key's is done: the next that waited takes its place. */
  leave(key: string): Work | undefined {
    const next = this.#next(key)
    if (next !== undefined) return next
    const running = this.#running.get(key)! - 1
    if (running === 0) this.#running.delete(key)
    else this.#running.set(key, running)
    return undefined
  }

  #next(key: string): Work | undefined {
    const parked = this.#parked.get(key)
    const next = parked?.shift()
    if (parked?.length === 0) this.#parked.delete(key)
    if (next !== undefined) this.#parkedCount--
    return next
  }
}

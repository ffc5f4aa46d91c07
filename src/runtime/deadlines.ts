// One timer for all items of a stage: they have the same timeout, so their deadlines pass in the order they started.
import type { Clock, Timer } from '../clock.ts'

interface Deadline {
  readonly at: number
  readonly isOver: () => boolean
  readonly expire: () => void
}

/** setTimeout fires at once above this. */
const timerMsMax = 2 ** 31 - 1

export class Deadlines {
  readonly #clock: Clock
  readonly #timeoutMs: number
  #queue: Deadline[] = []
  #timer: Timer | undefined

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  add(isOver: () => boolean, expire: () => void): void {
    this.#queue.push({ at: this.#clock.monotonic() + this.#timeoutMs, isOver, expire })
    this.#timer ??= this.#set()
    if (this.#queue.length % 1_000 === 0) this.#queue = this.#queue.filter(deadline => !deadline.isOver())
  }

  close(): void {
    this.#timer?.cancel()
  }

  #set(): Timer | undefined {
    this.#queue = this.#queue.filter(deadline => !deadline.isOver())
    const first = this.#queue[0]
    return first && this.#clock.after(Math.min(Math.max(first.at - this.#clock.monotonic(), 0), timerMsMax), () => this.#check())
  }

  #check(): void {
    const now = this.#clock.monotonic()
    const expired = this.#queue.filter(deadline => deadline.at <= now && !deadline.isOver())
    this.#queue = this.#queue.filter(deadline => deadline.at > now)
    for (const deadline of expired) deadline.expire()
    this.#timer = this.#set()
  }
}

// Makes what is asked of a simulated log take time: never out of order within one line, in any order between lines.
import type { Clock } from '../../clock.ts'

export class Delays {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #msMax: number

  constructor(clock: Clock, random: () => number, msMax: number) {
    this.#clock = clock
    this.#random = random
    this.#msMax = msMax
  }

  /** At once where nothing is delayed. */
  later(action: () => void): void {
    if (this.#msMax === 0) action()
    else this.#clock.after(1 + Math.floor(this.#random() * this.#msMax), action)
  }
}

/** Runs actions one after the other. An action that takes its time calls `done` at its end. */
export class Line {
  readonly #delays: Delays
  readonly #waiting: ((done: () => void) => void)[] = []
  #isBusy = false

  constructor(delays: Delays) {
    this.#delays = delays
  }

  push(action: (done: () => void) => void): void {
    this.#waiting.push(action)
    if (!this.#isBusy) this.#next()
  }

  #next(): void {
    const action = this.#waiting.shift()
    this.#isBusy = action !== undefined
    if (action) this.#delays.later(() => action(() => this.#next()))
  }
}

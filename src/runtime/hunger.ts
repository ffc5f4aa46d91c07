// A process with nothing to do asks for some of what others have: whole lanes move, as the group shares them out anew. Asked in vain, it asks less often, as each
// time the others' commits wait a moment.
import type { Clock, Timer } from '../clock.ts'

export interface HungerOptions {
  readonly clock: Clock
  readonly ask: () => void
  /** Looks again whether it is hungry. */
  readonly again: () => void
}

const firstMs = 1_000
const lastMs = 60_000

export class Hunger {
  readonly #options: HungerOptions
  #since: number | undefined
  #patienceMs = firstMs
  #timer: Timer | undefined

  constructor(options: HungerOptions) {
    this.#options = options
  }

  /** At the end of a turn. */
  look(isHungry: boolean): void {
    const { clock, ask, again } = this.#options
    if (!isHungry) return this.#fed()
    this.#since ??= clock.monotonic()
    const waitedMs = clock.monotonic() - this.#since
    if (waitedMs >= this.#patienceMs) {
      this.#since = clock.monotonic()
      this.#patienceMs = Math.min(lastMs, this.#patienceMs * 2)
      ask()
    }
    this.#timer ??= clock.after(Math.max(1, this.#patienceMs - (clock.monotonic() - this.#since)), () => {
      this.#timer = undefined
      again()
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #fed(): void {
    if (this.#since === undefined) return
    this.#since = undefined
    this.#patienceMs = firstMs
    this.stop()
    this.#timer = undefined
  }
}

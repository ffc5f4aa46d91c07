// Where several processes take part, nobody sees by itself that nothing can go on. Each says of its slices that they rest, when they have for a while, and takes
// it back when they do not; whoever leads ends the run when that has been so for all of them for a moment. Said too early, it costs running the same command again.
import type { Clock, Timer } from '../clock.ts'
import type { Log } from '../log.ts'
import { FencedError } from '../model/errors.ts'
import type { RunNames } from './names.ts'
import { restingStore, type RunState } from './run-state.ts'
import type { Slice } from './slices.ts'

export interface RestingOptions {
  readonly log: Log
  readonly clock: Clock
  readonly names: RunNames
  readonly state: RunState
  readonly epoch: () => number
  readonly onTrouble: (error: unknown) => void
}

/** After so long without anything to do it is said. */
const saidAfterMs = 500
/** After so long it is believed. */
const lastsAfterMs = 2_000

export class Resting {
  readonly #options: RestingOptions
  /** Until they are let go: what is finished there is finished by then, and what is said of them another says. */
  readonly #ours = new Set<string>()
  readonly #said = new Set<string>()
  #since: number | undefined
  #timer: Timer | undefined

  constructor(options: RestingOptions) {
    this.#options = options
  }

  /** At the end of a turn: the slices that have not ended and rest, or nothing where any of this process does not. `again` is called when it is time to look again. */
  look(slices: readonly Slice[] | undefined, again: () => void): void {
    const { clock } = this.#options
    if (!slices) return this.#woke()
    this.#since ??= clock.monotonic()
    const restsMs = clock.monotonic() - this.#since
    if (restsMs >= saidAfterMs) this.#say(slices.filter(({ key }) => this.#ours.has(key) && !this.#said.has(key)).map(({ key }) => key), 'true')
    if (restsMs < lastsAfterMs) this.#timer ??= clock.after((restsMs < saidAfterMs ? saidAfterMs : lastsAfterMs) - restsMs, () => this.#again(again))
  }

  /** Whether this process has rested for so long that the others would have spoken. */
  get isLasting(): boolean {
    return this.#since !== undefined && this.#options.clock.monotonic() - this.#since >= lastsAfterMs
  }

  /** Others may go on, too: what they said before does not tell, and they need time to say otherwise. */
  startAnew(): void {
    this.#since = undefined
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Another has the slice from now on, and says so itself. */
  letGo({ key }: Slice): void {
    this.#ours.delete(key)
    this.#said.delete(key)
  }

  /** Whoever had the slice before may have said that it rests. */
  taken({ key }: Slice): void {
    this.#ours.add(key)
    if (this.#options.state.isResting(key)) this.#say([key], null)
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #again(again: () => void): void {
    this.#timer = undefined
    again()
  }

  #woke(): void {
    this.startAnew()
    if (this.#said.size > 0) this.#say([...this.#said], null)
  }

  #say(keys: readonly string[], value: 'true' | null): void {
    if (keys.length === 0) return
    for (const key of keys) {
      if (value === null) this.#said.delete(key)
      else this.#said.add(key)
    }
    this.#send(keys, value).catch(this.#options.onTrouble)
  }

  /** Where others came or went meanwhile, it is said again of what is this process's still. */
  async #send(keys: readonly string[], value: 'true' | null): Promise<void> {
    const { log, names, epoch } = this.#options
    const sentWith = epoch()
    try {
      await log.commit({ epoch: sentWith, appends: [], progress: [], state: keys.map(key => ({ store: names.store(restingStore), key, value })) })
    } catch (error) {
      if (!(error instanceof FencedError && epoch() > sentWith)) throw error
      const left = keys.filter(key => this.#ours.has(key))
      if (left.length > 0) await this.#send(left, value)
    }
  }
}

// Attempts of items that are retried in place: kept in the stage's state until the item is done with, so that they count across crashes.
import type { StateChange } from '../log.ts'
import type { RetryState } from '../model/item.ts'
import type { Flight } from './flight.ts'

export const heldStore = (stage: string) => `${stage}/held`

export class HeldAttempts {
  readonly #store: string
  readonly #held: Map<string, RetryState>
  readonly #changes = new Map<string, string | null>()

  /** `held` is what was kept before a restart. */
  constructor(store: string, held: ReadonlyMap<string, RetryState>) {
    this.#store = store
    this.#held = new Map(held)
  }

  get isEmpty(): boolean {
    return this.#held.size === 0
  }

  get hasChanges(): boolean {
    return this.#changes.size > 0
  }

  get(flight: Flight, unit: number): RetryState | undefined {
    return this.#held.size > 0 ? this.#held.get(keyOf(flight, unit)) : undefined
  }

  keep(flight: Flight, unit: number, state: RetryState): void {
    this.#held.set(keyOf(flight, unit), state)
    this.#changes.set(keyOf(flight, unit), JSON.stringify(state))
  }

  forget(flight: Flight, unit: number): void {
    if (this.#held.size > 0 && this.#held.delete(keyOf(flight, unit))) this.#changes.set(keyOf(flight, unit), null)
  }

  /** What is to be committed since the last time. */
  takeChanges(): readonly StateChange[] {
    const changes = [...this.#changes].map(([key, value]) => ({ store: this.#store, key, value }))
    this.#changes.clear()
    return changes
  }
}

function keyOf(flight: Flight, unit: number): string {
  return `${flight.origin.partition}:${flight.offsetOf(unit)}:${flight.units.ordinals?.[unit] ?? 0}`
}

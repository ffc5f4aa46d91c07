// How the last attempts in one place went. Bounded in number and in age; it is told the time and asks for none. Pure.

export interface Tally {
  readonly attempts: number
  readonly failed: number
}

export class RecentAttempts {
  readonly #keepMs: number
  readonly #at: Float64Array
  readonly #failed: Uint8Array
  /** Where the next is written; the oldest is overwritten. */
  #next = 0

  /** Keeps the last `countMax`, and of those what is younger than `keepMs`. */
  constructor(countMax: number, keepMs = Infinity) {
    this.#keepMs = keepMs
    this.#at = new Float64Array(countMax).fill(-Infinity)
    this.#failed = new Uint8Array(countMax)
  }

  add(hasFailed: boolean, now: number): void {
    this.#at[this.#next] = now
    this.#failed[this.#next] = Number(hasFailed)
    this.#next = (this.#next + 1) % this.#at.length
  }

  tally(now: number): Tally {
    let attempts = 0
    let failed = 0
    for (let index = 0; index < this.#at.length; index++) {
      const at = this.#at[index]!
      if (at === -Infinity || now - at > this.#keepMs) continue
      attempts++
      failed += this.#failed[index]!
    }
    return { attempts, failed }
  }

  clear(): void {
    this.#at.fill(-Infinity)
  }
}

/** 0 where nothing was attempted. */
export function shareFailed({ attempts, failed }: Tally): number {
  return attempts === 0 ? 0 : failed / attempts
}

// Time as the runtime sees it: injected, so that a simulator can make it jump. Safety never rests on it.

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Wall time in milliseconds since 1970. */
  now(): number
  /** Milliseconds that only grow. */
  monotonic(): number
  /** Calls back once after at least this long. */
  after(delayMs: number, callback: () => void): Timer
}

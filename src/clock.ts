// Time as the runtime sees it: injected, so that a simulator can make it jump. Safety never rests on it.

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Wall time in milliseconds since 1970. */
  now(): number
  /** Milliseconds that only grow. */
  monotonic(): number
  /** Calls back once after this long, give or take a millisecond: Node's timers may come a little early, as `monotonic` sees it. */
  after(delayMs: number, callback: () => void): Timer
}

// Time that goes on while a simulated process is at work, although nothing else happens meanwhile; so timers come a little early, as Node's do.
import type { Clock } from '../../src/clock.ts'

/** From one look at the time to the next, and how far what was seen may be ahead of what timers go by. */
const [lookMs, earlyMsMax] = [0.07, 0.99]

/** Makes a `monotonic` for one process. */
export function passingTime(clock: Clock): () => number {
  let seenMs = -Infinity
  return () => (seenMs = Math.min(Math.max(clock.monotonic(), seenMs + lookMs), clock.monotonic() + earlyMsMax))
}

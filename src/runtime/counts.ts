// What a stage counts. Counts are committed with the progress they belong to.

export interface StageCounts {
  /** Items read, each once however often it was tried. */
  readonly in: number
  /** Items appended to the stage's output. */
  readonly out: number
  readonly done: number
  /** Given up on and not redriven. */
  readonly failed: number
  /** Dropped by a filter, or routed elsewhere. */
  readonly dropped: number
  readonly duplicates: number
  /** Attempts that failed and were tried again. */
  readonly retried: number
  readonly inFlight: number
  readonly waiting: number
}

/** The part that is stored. `units` is what operators made of the items in; it equals done + failed + waiting for a retry. */
export type Counters = { in: number; units: number; out: number; done: number; failed: number; dropped: number; duplicates: number; retried: number }

export function noCounters(): Counters {
  return { in: 0, units: 0, out: 0, done: 0, failed: 0, dropped: 0, duplicates: 0, retried: 0 }
}

export function addCounters(to: Counters, more: Partial<Counters>): void {
  for (const name of Object.keys(more) as (keyof Counters)[]) to[name] += more[name] ?? 0
}

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

/**
 * The part that is stored. `units` is what operators made of the items in; it equals done + failed + waiting for a retry. `timed` attempts at work took
 * `timedMs`, of which `blockedMs` kept the process.
 */
export type Counters = { in: number; units: number; out: number; done: number; failed: number; dropped: number; duplicates: number; retried: number; timed: number; timedMs: number; blockedMs: number }

export function noCounters(): Counters {
  return { in: 0, units: 0, out: 0, done: 0, failed: 0, dropped: 0, duplicates: 0, retried: 0, timed: 0, timedMs: 0, blockedMs: 0 }
}

/** Without what is stored only to reckon with. */
export function shownCounts({ units: _units, timed: _timed, timedMs: _timedMs, blockedMs: _blockedMs, ...counts }: Counters): Omit<StageCounts, 'inFlight' | 'waiting'> {
  return counts
}

/** By stage: what the log has dropped of what it gave out. */
export const duplicatesStore = 'duplicates'

/** As they were stored. What a commit drops is heard of after it, and counted with the next: a process that died between has not said so. */
export function restoredCounters(stored: string | undefined, dropped: string | undefined): Counters {
  const counters = { ...noCounters(), ...(JSON.parse(stored ?? '{}') as Partial<Counters>) }
  const unsaid = Math.max(0, Number(dropped ?? 0) - counters.duplicates)
  return { ...counters, duplicates: counters.duplicates + unsaid, out: counters.out - unsaid }
}

/** What a share of failures is a share of: items, or where operators make several of one, those. */
export function totalOf(counters: readonly Pick<Counters, 'in' | 'units' | 'failed'>[]): number {
  const failed = counters.reduce((sum, each) => sum + each.failed, 0)
  return Math.max(failed, ...counters.map(each => Math.max(each.in, each.units)))
}

export function addCounters(to: Counters, more: Partial<Counters>): void {
  for (const name of Object.keys(more) as (keyof Counters)[]) to[name] += more[name] ?? 0
}

/** Sums by stage of the entries of a run: a stage has several where its lanes are counted apart. */
export function countedByStage(entries: readonly { readonly key: string; readonly value: string }[]): ReadonlyMap<string, Counters> {
  const sums = new Map<string, Counters>()
  for (const { key, value } of entries) {
    const stage = key.split('/')[0]!
    const sum = sums.get(stage) ?? noCounters()
    addCounters(sum, JSON.parse(value) as Partial<Counters>)
    sums.set(stage, sum)
  }
  return sums
}

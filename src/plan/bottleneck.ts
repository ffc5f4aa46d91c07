// Which stage takes the longest for its items, and how many workers it would need to take no longer than another. Pure.

/** A stage at its best rate: all its workers at work on all its items. */
export interface Paced {
  readonly stage: string
  readonly workers: number
  readonly durationMs: number
}

export interface Bottleneck {
  readonly stage: string
  readonly workers: number
  /** The stage that takes the longest but for this one, and the workers with which this one would take no longer. */
  readonly next: { readonly stage: string; readonly workers: number } | undefined
}

export function bottleneckOf(stages: readonly Paced[]): Bottleneck | undefined {
  const [slowest, next] = slowestFirst(stages)
  return slowest && { stage: slowest.stage, workers: slowest.workers, next: next && { stage: next.stage, workers: workersToMatch(slowest, next) } }
}

/** Those that take no time at all are left out. */
export function slowestFirst(stages: readonly Paced[]): readonly Paced[] {
  return stages.filter(({ durationMs }) => durationMs > 0).toSorted((a, b) => b.durationMs - a.durationMs)
}

/** So many workers, and `slow` takes no longer than `other`. */
export function workersToMatch(slow: Paced, other: Paced): number {
  return Math.ceil(slow.workers * slow.durationMs / other.durationMs)
}

// What every benchmark is: a name, what it must reach, and a run that gives tables for people and figures for the verdicts.

export interface Bench {
  readonly name: string
  /** What is measured, in a sentence. */
  readonly about: string
  readonly targets: readonly Target[]
  run(options: BenchOptions): Promise<Findings>
}

export interface BenchOptions {
  /** Share of the full sizes, above 0 and at most 1. Verdicts count at 1 only. */
  readonly share: number
  /** How often each contender is measured; the median is told. */
  readonly rounds: number
  /** Whether sizes that need 10 GB of disk take part. */
  readonly isLarge: boolean
  /** Told what is being measured right now. */
  readonly note: (text: string) => void
}

/** One of `atLeast` and `atMost`. */
export interface Target {
  /** The name of the figure it is about. */
  readonly figure: string
  readonly unit: string
  readonly atLeast?: number | undefined
  readonly atMost?: number | undefined
}

export interface Findings {
  readonly tables: readonly Table[]
  /** By the names the targets use, and more. A figure that could not be measured is left out, and a note says why. */
  readonly figures: Readonly<Record<string, number>>
  readonly notes?: readonly string[] | undefined
}

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
}

/** The full size, or its share in a small run: never less than `least`. */
export function sized(full: number, share: number, least = 1): number {
  return Math.max(least, Math.round(full * share))
}

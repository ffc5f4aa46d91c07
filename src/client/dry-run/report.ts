// What a dry run tells: plain data, so that it can be kept and compared.
import type { Bottleneck } from '../../plan/bottleneck.ts'
import type { StageCounts } from '../../runtime/counts.ts'

export interface DryRunReport {
  readonly pipeline: string
  readonly outcome: 'completed' | 'completed-with-failures' | 'stopped'
  /** Why it stopped, for people. */
  readonly reasons: readonly string[]
  /** What would stop the whole run, for people. */
  readonly warnings: readonly string[]
  readonly durationMs: number
  readonly sources: Readonly<Record<string, SampledSource>>
  readonly stages: Readonly<Record<string, DryRunStage>>
  /** The kinds that are most frequent. */
  readonly failures: readonly DryRunFailures[]
  readonly forecast: Forecast
}

/** A source, or a topic that nothing in the pipeline writes. */
export interface SampledSource {
  readonly sampled: number
  /** Items in all. Undefined where that cannot be told. */
  readonly total: number | undefined
  /** What the total is told from: all was read or counted, the share of its size that was read, or the number of its parts. */
  readonly from: 'all' | 'size' | 'parts' | undefined
  /** '{ text: string, line: number 1..34 }' */
  readonly shape: string
}

export interface DryRunStage {
  readonly counts: StageCounts
  /** What its items look like, after the operators in front of it. Empty where there were none. */
  readonly takes: string
  /** What it gives. Empty where it gave nothing, or nobody reads it. */
  readonly gives: string
  readonly time: StageTime | undefined
}

/** How long a stage's worker or reducer takes, with the operators in front of it. */
export interface StageTime {
  readonly meanMs: number
  /** 95 of 100 items take less. */
  readonly p95Ms: number
  /** How many run at once: its concurrency, threads or processes, within its limits. 1 for a function that keeps the process. */
  readonly workers: number
  /** Items a second with all of them at work. */
  readonly perSecond: number
  /** Whether it holds up everything else in the process while it runs. */
  readonly isBlocking: boolean
}

export interface DryRunFailures {
  readonly stage: string
  /** 'Name: message' of the first; others may differ in numbers and quoted names. */
  readonly error: string
  readonly reason: string
  readonly count: number
  /** The first of them. */
  readonly examples: readonly { readonly id: string; readonly origin: string; readonly error: string }[]
}

/** The whole at this machine's rate. What comes out of a reduce does not grow with what goes in, so stages behind one are left out. */
export interface Forecast {
  readonly stages: Readonly<Record<string, { readonly items: number; readonly deadLetters: number; readonly durationMs: number | undefined }>>
  /** Of workers, reducers and operators; reading, storing and writing come on top. Undefined where a total is unknown. */
  readonly durationMs: number | undefined
  readonly deadLetters: number | undefined
  readonly bottleneck: Bottleneck | undefined
}

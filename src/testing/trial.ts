// A pipeline in a unit test: the memory engine, a clock that jumps, workers replaced by stage, and faults from a seed.
import type { Parameterised, RunReport } from '../client/client.ts'
import type { Failure } from '../model/item.ts'
import type { Context } from '../model/worker.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { ItemOf, Outputs } from '../pipeline/stream.ts'
import type { Topic } from '../pipeline/topic.ts'
import type { FaultSetting } from './faults.ts'
import type { Given } from './given.ts'
import { simulate } from './simulate.ts'

export interface Trial<P> {
  readonly params?: P | undefined
  /** When the trial begins. Default: the first of January 2026, UTC. */
  readonly now?: Date | undefined
  /** Everything left to chance follows from it. Default 1. */
  readonly seed?: number | undefined
  /** What sources and topics give, by handle or by name. */
  readonly given?: readonly Given[] | undefined
  /** Workers to run in place of the real ones, by stage. */
  readonly workers?: Readonly<Record<string, (item: any, context: Context) => unknown>> | undefined
  /**
   * What goes wrong. Default 'none'.
   * - crash: the process dies, at any commit, read or await, and another goes on; some commits were made and nobody knew.
   * - freeze: it stands still past its lease, another takes over, and only then it goes on.
   * - unacknowledged: nobody knows whether a commit was made, and the process lives on.
   * - io-error, disk-full: a call of the store fails. stop: SIGTERM. The same command goes on.
   * - clock-jump: the wall clock is set, by up to an hour either way.
   * - command: stages are paused, and failed items sent back, from another terminal.
   * - delay, slow: reads, commits and timers take longer; workers do.
   * - duplicate: workers are called again for what they did already; publishers say again what was heard.
   * - reorder: reads and workers finish in any order, and sources give their items in small chunks.
   */
  readonly faults?: FaultSetting | undefined
}

export interface Trialled<O extends Outputs> {
  readonly report: RunReport<O>
  /** What the pipeline returns. */
  readonly outputs: { readonly [N in keyof O]: readonly ItemOf<O[N]>[] }
  readonly failures: readonly Failure<unknown>[]
  /** What a sink, by stage or by its own name, or a topic was given. */
  written(this: void, sink: string): readonly unknown[]
  written<T, I>(this: void, topic: Topic<T, I>): readonly T[]
}

/**
 * Runs a pipeline to its end in memory. No sink is written to, and no retry is waited for: the clock jumps. A real worker that waits for
 * something real holds the clock, so give slow ones a stand-in. Throws PlanError, SchemaError, and what stopped the run.
 *
 *     const { outputs, report } = await trial(parking, { given: [given('photos', [{ path: 'a.jpg' }])], workers: { blur: photo => photo } })
 */
export function trial<P, O extends Outputs>(pipeline: Pipeline<P, O>, ...options: Parameterised<P, Trial<P>>): Promise<Trialled<O>> {
  return simulate(pipeline, options[0])
}

// A user's pipeline under many seeds: each runs it in a world of its own, with a random half of the faults, and holds it to every promise.
import { planFor } from '../client/run-pipeline.ts'
import { BatchworkError, OptionError } from '../model/errors.ts'
import type { Parameterised } from '../client/client.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Outputs } from '../pipeline/stream.ts'
import { allFaults, swarmOf, type Fault } from './faults.ts'
import { Invariants } from './invariants.ts'
import { simulate as simulateOnce } from './simulate.ts'
import type { Trial, Trialled } from './trial.ts'

export interface Simulation<P, O extends Outputs> extends Omit<Trial<P>, 'seed' | 'faults'> {
  /** How many. Default 100. */
  readonly seeds?: number | undefined
  /** The first one. Default 1. */
  readonly from?: number | undefined
  /** Each seed has a random half of these. Default: all but 'command', which sends items back that failed, so that `.failed` tells of them again. */
  readonly faults?: readonly Fault[] | undefined
  /** Looks at what came out of a seed; throws where it is wrong. */
  readonly check?: ((trialled: Trialled<O>, seed: number) => void | Promise<void>) | undefined
}

export interface SimulationReport {
  readonly seeds: number
  /** Commits at which every invariant was looked at. */
  readonly commits: number
  readonly processes: number
  readonly crashes: number
}

/** A seed under which the pipeline, or Batchwork, did not keep a promise. */
export class SimulationError extends BatchworkError {
  readonly seed: number
  readonly faults: readonly Fault[]
  constructor(seed: number, faults: readonly Fault[], cause: unknown) {
    super('SIMULATION', `seed ${seed} fails, with the faults ${faults.join(', ')}: ${cause instanceof Error ? cause.message : String(cause)}\nreplay it with simulate(..., { from: ${seed}, seeds: 1 })`, { cause })
    this.seed = seed
    this.faults = faults
  }
}

/**
 * Runs a pipeline under many seeds, in memory and in virtual time: processes die, stand still and are taken over from, disks fill up and fail,
 * acknowledgements get lost, clocks jump, calls are doubled, delayed and reordered. After each commit the counts are held against the log;
 * then faults stop, and the run must end. `check` says what must have come out. Throws SimulationError with the seed that replays it.
 *
 *     await simulate(signUp, { seeds: 200, given: [given('people', people)], check: ({ outputs }) => equal(outputs.sent.length, 50) })
 */
export async function simulate<P, O extends Outputs>(pipeline: Pipeline<P, O>, ...given: Parameterised<P, Simulation<P, O>>): Promise<SimulationReport> {
  const { seeds = 100, from = 1, faults, check, ...trial }: Simulation<P, O> = given[0] ?? {}
  if (!Number.isSafeInteger(seeds) || seeds < 1) throw new OptionError('seeds', seeds, 'a whole number from 1 on')
  const plan = planFor(pipeline, trial.params)
  const report = { seeds, commits: 0, processes: 0, crashes: 0 }
  for (let seed = from; seed < from + seeds; seed++) {
    const chosen = swarmOf(seed, faults ?? allFaults.filter(fault => fault !== 'command'))
    const invariants = new Invariants(() => plan)
    try {
      const result = await simulateOnce(pipeline, { ...trial, seed, faults: chosen, observer: invariants })
      if (!result.report.balanced) throw new BatchworkError('UNBALANCED', `the counts do not add up: ${JSON.stringify(result.report.stages)}`)
      await check?.(result, seed)
      report.crashes += result.crashes
      report.processes += result.processes
    } catch (error) {
      throw new SimulationError(seed, chosen, error)
    }
    report.commits += invariants.commits
  }
  return report
}

// One seed: a random pipeline, a random half of the faults, every invariant at every commit, and the oracle's word at the end.
import { planFor } from '../../src/client/run-pipeline.ts'
import { namesOf } from '../../src/runtime/names.ts'
import { Coverage, type CoverageTable } from '../../src/testing/coverage.ts'
import { swarmOf, type Fault } from '../../src/testing/faults.ts'
import { Invariants } from '../../src/testing/invariants.ts'
import { simulate } from '../../src/testing/simulate.ts'
import { built } from './built.ts'
import { prophesied } from './oracle.ts'
import { shapeOf, type Shape } from './shapes.ts'
import { judge } from './verdict.ts'

export interface Scenario {
  readonly seed: number
  readonly shape: Shape
  readonly faults: readonly Fault[]
}

export interface Tried {
  readonly trace: string
  readonly commits: number
  readonly crashes: number
  readonly processes: number
  readonly outcome: string
  readonly failures: number
  readonly coverage: CoverageTable
}

/** Enough for every sound run; one that goes round in circles is told after a second. */
const timersMax = 60_000

export function scenarioOf(seed: number): Scenario {
  return { seed, shape: shapeOf(seed), faults: swarmOf(seed) }
}

/** Throws what is wrong. */
export async function tried({ seed, shape, faults }: Scenario): Promise<Tried> {
  const made = built(shape)
  const coverage = new Coverage()
  let pipeline = made.pipeline
  const watched = () => {
    const plan = planFor(pipeline)
    return { plan, names: namesOf(plan, 'composed/1') }
  }
  let [before, known] = [pipeline, watched()]
  const invariants = new Invariants(() => {
    if (before !== pipeline) [before, known] = [pipeline, watched()]
    return known
  })
  let isMended = false
  const mend = (failed: readonly string[]) => {
    made.mend()
    isMended = failed.length > 0
    return failed
  }
  const result = await simulate(made.pipeline, {
    given: made.given, seed, faults, coverage, observer: invariants, timersMax, isVirtual: true,
    ...(shape.isMended && { mend }),
    ...(made.upgrade && { upgrade: made.upgrade, onUpgrade: () => { pipeline = made.upgrade! } }),
  })
  judge(result, made, prophesied(shape, isMended), { isMended })
  const { trace, crashes, processes, report, failures } = result
  return { trace, commits: invariants.commits, crashes, processes, outcome: isMended ? 'mended' : report.outcome, failures: failures.length, coverage: coverage.table }
}

// One seed: a random pipeline, a random half of the faults, every invariant at every commit, and the oracle's word at the end.
import assert from 'node:assert/strict'
import { planFor } from '../../src/client/run-pipeline.ts'
import { Coverage, type CoverageTable } from '../../src/testing/coverage.ts'
import { swarmOf, type Fault } from '../../src/testing/faults.ts'
import { Invariants } from '../../src/testing/invariants.ts'
import { simulate } from '../../src/testing/simulate.ts'
import { built } from './built.ts'
import { shapeOf } from './drawing.ts'
import { Happenings, type Happening } from './happenings.ts'
import { prophesied } from './oracle.ts'
import { isAiling, type Shape } from './shapes.ts'
import { judge } from './verdict.ts'
import { Witness } from './witness.ts'

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
  readonly happenings: readonly Happening[]
}

/** Enough for every sound run; one that goes round in circles is told after a second. */
const timersMax = 60_000

export function scenarioOf(seed: number): Scenario {
  const shape = shapeOf(seed)
  return { seed, shape, faults: faultsFor(shape) }
}

function faultsFor({ seed, chain }: Shape): readonly Fault[] {
  const faults = swarmOf(seed)
  // What a bad version refuses for good must not be sent back to it after its rollout is done.
  if (isAiling(chain, 'version')) return faults.filter(fault => fault !== 'command')
  // Each restart forgets the attempts that a shard is judged by: with many faults none would ever be found sick, or well again.
  return isAiling(chain, 'shard') ? faults.filter((_, index) => index % 3 === 0) : faults
}

/** Throws what is wrong. */
export async function tried({ seed, shape, faults }: Scenario, { isTraced = true } = {}): Promise<Tried> {
  const made = built(shape)
  const coverage = new Coverage()
  const happenings = new Happenings()
  let pipeline = made.pipeline
  let [planned, plan] = [pipeline, planFor(pipeline)]
  const invariants = new Invariants(() => {
    if (planned !== pipeline) [planned, plan] = [pipeline, planFor(pipeline)]
    return plan
  })
  const witness = new Witness(invariants, 'published')
  let isMended = false
  const mend = (failed: readonly string[]) => {
    made.mend()
    isMended = failed.length > 0
    return failed
  }
  const result = await simulate(made.pipeline, {
    given: made.given, publications: made.publications, seed, faults, coverage, observer: witness, timersMax, isTraced, isVirtual: true,
    manner: shape.manner === 'endless' ? { kind: shape.manner, left: () => invariants.left } : { kind: shape.manner },
    onMessage: ({ message }) => {
      made.hear(message)
      happenings.said(message)
    },
    ...(shape.isMended && { mend }),
    ...(made.upgrade && { upgrade: made.upgrade, onUpgrade: () => { pipeline = made.upgrade! } }),
  })
  checkArrived(shape, witness)
  const taken = shape.manner === 'endless' ? [witness.arrived] : result.runs.map((_, run) => witness.takenBy(run))
  happenings.note(shape, { ...result, isMended }, taken.map(({ length }) => length))
  judge(result, made, taken.map(published => prophesied({ ...shape, published }, isMended)), { isMended, isEndless: shape.manner === 'endless' })
  const { trace, crashes, processes, report, failures } = result
  const outcome = isMended ? 'mended' : shape.manner === 'endless' ? 'drained' : report.outcome
  return { trace, commits: invariants.commits, crashes, processes, outcome, failures: failures.length, coverage: coverage.table, happenings: happenings.seen }
}

/** Each that was published is there once, however often it was said. */
function checkArrived({ published, arrivals }: Shape, { arrived }: Witness): void {
  const numbers = (items: readonly { readonly n: number }[]) => items.map(({ n }) => n).toSorted((a, b) => a - b)
  assert.deepEqual(numbers(arrived), numbers([...published, ...arrivals.map(({ item }) => item)]), 'what arrived in the topic')
}

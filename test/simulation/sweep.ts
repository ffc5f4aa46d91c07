// Many seeds, one after the other, and what they amount to.
import { Coverage, phases, type CoverageTable, type Phase } from '../../src/testing/coverage.ts'
import { allFaults, type Fault } from '../../src/testing/faults.ts'
import { allHappenings, type Happening } from './happenings.ts'
import { scenarioOf, tried, type Scenario, type Tried } from './scenario.ts'

export interface SeedRange {
  readonly from: number
  readonly count: number
}

export interface Failed {
  readonly seed: number
  readonly faults: readonly Fault[]
  readonly message: string
}

export interface Summary {
  readonly seeds: number
  readonly failed: readonly Failed[]
  readonly commits: number
  readonly crashes: number
  readonly processes: number
  readonly deadLetters: number
  readonly outcomes: Readonly<Record<string, number>>
  readonly coverage: CoverageTable
  /** In how many seeds each happened. */
  readonly happenings: Readonly<Partial<Record<Happening, number>>>
}

/** Each hundredth runs twice: its trace must be the same. */
const twiceEvery = 100

export async function sweep({ from, count }: SeedRange, { stopsAtFailure = false } = {}): Promise<Summary> {
  const tally = new Tally()
  for (let seed = from; seed < from + count; seed++) {
    if (stopsAtFailure && tally.hasFailed) break
    const scenario = scenarioOf(seed)
    try {
      tally.add(await once(scenario))
    } catch (error) {
      tally.addFailed({ seed, faults: scenario.faults, message: error instanceof Error ? error.message : String(error) })
    }
  }
  return tally.summary
}

async function once(scenario: Scenario): Promise<Tried> {
  const isTwice = scenario.seed % twiceEvery === 0
  const first = await tried(scenario, { isTraced: isTwice })
  if (!isTwice) return first
  const second = await tried(scenario)
  if (second.trace !== first.trace) throw new Error('the same seed gave another trace')
  return first
}

export class Tally {
  readonly #failed: Failed[] = []
  readonly #coverage = new Coverage()
  readonly #outcomes = new Map<string, number>()
  readonly #happenings = new Map<Happening, number>()
  #seeds = 0
  #commits = 0
  #crashes = 0
  #processes = 0
  #deadLetters = 0

  add({ commits, crashes, processes, failures, outcome, coverage, happenings }: Tried): void {
    this.#seeds++
    this.#commits += commits
    this.#crashes += crashes
    this.#processes += processes
    this.#deadLetters += failures
    count(this.#outcomes, outcome, 1)
    for (const happening of happenings) count(this.#happenings, happening, 1)
    this.#coverage.add(coverage)
  }

  addFailed(failed: Failed): void {
    this.#seeds++
    this.#failed.push(failed)
  }

  merge({ seeds, failed, commits, crashes, processes, deadLetters, outcomes, coverage, happenings }: Summary): void {
    this.#seeds += seeds
    this.#failed.push(...failed)
    this.#commits += commits
    this.#crashes += crashes
    this.#processes += processes
    this.#deadLetters += deadLetters
    for (const [outcome, times] of Object.entries(outcomes)) count(this.#outcomes, outcome, times)
    for (const [happening, times] of Object.entries(happenings)) count(this.#happenings, happening as Happening, times)
    this.#coverage.add(coverage)
  }

  get hasFailed(): boolean {
    return this.#failed.length > 0
  }

  get summary(): Summary {
    return {
      seeds: this.#seeds, failed: this.#failed, commits: this.#commits, crashes: this.#crashes, processes: this.#processes, deadLetters: this.#deadLetters,
      outcomes: Object.fromEntries(this.#outcomes), coverage: this.#coverage.table, happenings: Object.fromEntries(this.#happenings),
    }
  }
}

function count<Key>(counts: Map<Key, number>, key: Key, times: number): void {
  counts.set(key, (counts.get(key) ?? 0) + times)
}

/** Where a fault cannot strike, and why. */
const impossible: Readonly<Partial<Record<Fault, readonly Phase[]>>> = {
  // Workers are done when the run closes.
  slow: ['closing'],
}

/** From so many seeds on everything must have happened, and every fault have struck in every phase. */
const [seedsForHappenings, seedsForCoverage] = [4_000, 5_000]

/** Faults that never struck in a phase in which they can, and what never happened. */
export function gapsIn({ seeds, coverage, happenings }: Summary): readonly string[] {
  const unstruck = allFaults.flatMap(fault => phases
    .filter(phase => !impossible[fault]?.includes(phase) && !((coverage[fault]?.[phase] ?? 0) > 0))
    .map(phase => `${fault} in ${phase}`))
  return [...(seeds >= seedsForHappenings ? allHappenings.filter(each => happenings[each] === undefined) : []), ...(seeds >= seedsForCoverage ? unstruck : [])]
}

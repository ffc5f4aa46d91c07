// In which phase of a run each fault has struck: one that never strikes where it can tests nothing there.
import type { Commit } from '../log.ts'

export const phases = ['start', 'working', 'barrier', 'emission', 'ending', 'closing', 'redrive'] as const
export type Phase = (typeof phases)[number]

export type CoverageTable = Readonly<Record<string, Readonly<Partial<Record<Phase, number>>>>>

export class Coverage {
  readonly #counts = new Map<string, Map<Phase, number>>()

  note(fault: string, phase: Phase, times = 1): void {
    let row = this.#counts.get(fault)
    if (!row) this.#counts.set(fault, (row = new Map()))
    row.set(phase, (row.get(phase) ?? 0) + times)
  }

  add(table: CoverageTable): void {
    for (const [fault, row] of Object.entries(table)) for (const [phase, times] of Object.entries(row)) this.note(fault, phase as Phase, times)
  }

  get table(): CoverageTable {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([fault, row]) => [fault, Object.fromEntries(row)]))
  }
}

/** What a process is at, from what it commits. */
export class PhaseOf {
  #round = 1
  #last: Phase = 'start'

  get now(): Phase {
    return this.#last
  }

  of(commit: Commit): Phase {
    const phase = this.#classify(commit)
    this.#last = this.#round > 1 ? 'redrive' : phase
    return this.#last
  }

  #classify({ state }: Commit): Phase {
    const has = (part: string) => state.some(({ store }) => store.endsWith(part))
    const run = runIn(state)
    if (run) this.#round = run.round
    if (run?.isClosed) return 'closing'
    if (has('/barriers')) return 'barrier'
    if (has('/ends')) return 'ending'
    if (state.some(({ store }) => store.includes('/emitted/'))) return 'emission'
    return has('/counters') ? 'working' : this.#last
  }
}

export interface RunNote {
  readonly number: number
  readonly round: number
  readonly status: string
  readonly isClosed: boolean
}

/** The record of a run, where a commit changes it. */
export function runIn(state: Commit['state']): RunNote | undefined {
  const change = state.find(({ store, value }) => value !== null && store.endsWith('/runs'))
  return change && (JSON.parse(change.value!) as RunNote)
}

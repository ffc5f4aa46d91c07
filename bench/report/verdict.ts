// Holds figures against targets: met, or missed by how much.
import type { Bench, Findings, Target } from '../bench.ts'

export interface Verdict extends Target {
  readonly value: number | undefined
  readonly isMet: boolean | undefined
  readonly text: string
}

export function verdictsOn({ targets }: Bench, { figures }: Findings): readonly Verdict[] {
  return targets.map(target => {
    const value = figures[target.figure]
    if (value === undefined) return { ...target, value, isMet: undefined, text: 'not measured' }
    const isMet = (target.atLeast === undefined || value >= target.atLeast) && (target.atMost === undefined || value <= target.atMost)
    return { ...target, value, isMet, text: isMet ? 'met' : `missed by ${shortfall(target, value)}` }
  })
}

export function boundOf({ atLeast, atMost, unit }: Target): string {
  return atLeast === undefined ? `at most ${atMost} ${unit}` : `at least ${atLeast} ${unit}`
}

/** The distance, and what share of the bound it is. */
function shortfall({ atLeast, atMost, unit }: Target, value: number): string {
  const bound = (atLeast ?? atMost)!
  const distance = Math.abs(value - bound)
  return unit === '%' ? `${rounded(distance)} points` : `${rounded(distance)} ${unit} (${((distance / bound) * 100).toFixed(0)} % of the target)`
}

export function rounded(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)
}

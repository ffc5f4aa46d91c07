// Measures contenders in turn, round by round, so that what the machine does meanwhile falls on all of them.
import { loadavg } from 'node:os'
import { median } from '../peers/run.ts'

export interface Contender<Measurement> {
  readonly name: string
  measure(): Promise<Measurement>
}

export interface Rounds<Measurement> {
  readonly name: string
  readonly rounds: readonly Measurement[]
  /** Load average of the last minute when each round began. */
  readonly loads: readonly number[]
}

export async function alternate<Measurement>(contenders: readonly Contender<Measurement>[], rounds: number, note: (text: string) => void): Promise<readonly Rounds<Measurement>[]> {
  const results = contenders.map(({ name }) => ({ name, rounds: [] as Measurement[], loads: [] as number[] }))
  for (let round = 0; round < rounds; round++) {
    for (const index of orderIn(round, contenders.length)) {
      const contender = contenders[index]!
      note(`${contender.name}, round ${round + 1} of ${rounds}`)
      results[index]!.loads.push(loadavg()[0]!)
      results[index]!.rounds.push(await contender.measure())
    }
  }
  return results
}

/** There and back again: what comes first or follows another in one round does not in the next. */
function orderIn(round: number, count: number): readonly number[] {
  const order = Array.from({ length: count }, (_, index) => index)
  return round % 2 === 0 ? order : order.toReversed()
}

export function medianOf<Measurement>({ rounds }: Rounds<Measurement>, value: (measurement: Measurement) => number): number {
  return median(rounds.map(value))
}

export function rangeOf<Measurement>({ rounds }: Rounds<Measurement>, value: (measurement: Measurement) => number, digits = 0): string {
  const values = rounds.map(value)
  return `${Math.min(...values).toFixed(digits)}-${Math.max(...values).toFixed(digits)}`
}

export function loadOf({ loads }: Rounds<unknown>): string {
  return median(loads).toFixed(1)
}

/** The value below which this share of them lies (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

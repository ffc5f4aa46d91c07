// Compares a census with the truth: in all, by kind and by colour.
import type { Truth } from '../generator/photos.ts'

/** Counts by `kind/colour`. */
export type Census = Readonly<Record<string, number>>
export interface Count { readonly name: string; readonly truth: number; readonly counted: number; readonly passed: boolean }

/** The part by which a count may be off; a small count may always be off by two. */
const tolerance = 0.05
const toleranceAtLeast = 2

export function trueCensus(truth: Truth): Census {
  const census: Record<string, number> = {}
  for (const vehicle of truth.photos.flatMap(photo => photo.vehicles)) {
    const key = `${vehicle.kind}/${vehicle.colour}`
    census[key] = (census[key] ?? 0) + 1
  }
  return census
}

export function compareCensus(truth: Census, counted: Census): readonly Count[] {
  return [() => 'all vehicles', partOf(0), partOf(1)].flatMap(group => {
    const [expected, actual] = [summed(truth, group), summed(counted, group)]
    const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].toSorted()
    return names.map(name => count(name, expected[name] ?? 0, actual[name] ?? 0))
  })
}

/** Vehicles that would have to change their entry to make the census true, as a share of all: what errors that cancel out cannot hide. */
export function misplaced(truth: Census, counted: Census): number {
  const keys = new Set([...Object.keys(truth), ...Object.keys(counted)])
  const differences = [...keys].map(key => Math.abs((truth[key] ?? 0) - (counted[key] ?? 0)))
  return sum(differences) / 2 / sum(Object.values(truth))
}

function count(name: string, truth: number, counted: number): Count {
  return { name, truth, counted, passed: Math.abs(counted - truth) <= Math.max(toleranceAtLeast, tolerance * truth) }
}

function partOf(index: number): (key: string) => string {
  return key => key.split('/')[index] ?? ''
}

function summed(census: Census, group: (key: string) => string): Census {
  const sums: Record<string, number> = {}
  for (const [key, vehicles] of Object.entries(census)) sums[group(key)] = (sums[group(key)] ?? 0) + vehicles
  return sums
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

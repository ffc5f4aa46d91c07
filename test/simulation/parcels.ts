// Items on their way from where they are stored to the stages that read them, through functions that may throw. The one thing to know: what throws of one
// part refuses the stored item whole, in every stage that reads it through the function.
import type { Item } from './shapes.ts'

export interface Refusal {
  readonly reason: string
  /** Only where the stage is the first that reads behind this split. */
  readonly split?: object | undefined
}

export interface Parcel {
  readonly stored: Item
  /** What becomes of it where nothing refuses it. */
  readonly values: readonly Item[]
  /** In the order in which they come up. */
  readonly refusals: readonly Refusal[]
}

/** What a function makes of a value: other values, or a refusal. */
export type Transform = (value: Item) => readonly Item[] | Refusal

export function parcelsOf(items: readonly Item[]): readonly Parcel[] {
  return items.map(item => ({ stored: item, values: [item], refusals: [] }))
}

export function valuesOf(parcels: readonly Parcel[]): readonly Item[] {
  return parcels.flatMap(({ values }) => values)
}

export function through(parcels: readonly Parcel[], transform: Transform): readonly Parcel[] {
  return parcels.map(parcel => passed(parcel, transform))
}

function passed({ stored, values, refusals }: Parcel, transform: Transform): Parcel {
  const kept: Item[] = []
  const met = [...refusals]
  for (const value of values) {
    const made = transform(value)
    if (isList(made)) {
      kept.push(...made)
      continue
    }
    met.push(made)
    if (!made.split) return { stored, values: [], refusals: met }
  }
  return { stored, values: kept, refusals: met }
}

/** The same once more, behind what has looked at its routes already. */
export function copied(parcels: readonly Parcel[]): readonly Parcel[] {
  return parcels.map(({ stored, values, refusals }) => ({ stored, values, refusals: refusals.filter(({ split }) => !split) }))
}

/** A function as it is written, but for items that it refuses. */
export function refusing(throws: (value: Item) => boolean, transform: (value: Item) => readonly Item[]): Transform {
  return value => (throws(value) ? { reason: 'permanent' } : transform(value))
}

function isList(made: readonly Item[] | Refusal): made is readonly Item[] {
  return Array.isArray(made)
}

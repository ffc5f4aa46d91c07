// What is read of a split, in columns, whichever way its source gives it.
import { chunkItemsMax } from '../model/items.ts'
import { Names, type NameParts } from '../model/names.ts'
import type { PlacedItems, SourceItem } from '../source.ts'

export interface Placed {
  readonly values: readonly unknown[]
  /** By index: items their source could not read. */
  readonly errors: ReadonlyMap<number, Error> | undefined
  readonly positionOf: (index: number) => unknown
  /** The ids themselves where the source tells of no origins. */
  readonly originsOr: (ids: Names) => Names
}

/** At most a thousand at a time. */
export function* inColumns(placed: PlacedItems<unknown>): Generator<Placed> {
  const { items, errors, firstOrigin: [text, number] } = placed
  for (let at = 0; at < items.length; at += chunkItemsMax) {
    const values = items.length <= chunkItemsMax ? items : items.slice(at, at + chunkItemsMax)
    yield {
      values, errors: errors?.size ? errorsBetween(errors, at, at + values.length) : undefined,
      positionOf: index => placed.positionOf(at + index), originsOr: () => Names.numbered(text, number + at, values.length),
    }
  }
}

export function placedOf(items: readonly SourceItem<unknown>[]): Placed {
  const errors = errorsOf(items)
  return {
    values: items.map(({ item }) => item),
    errors,
    positionOf: index => items[index]!.position,
    originsOr: ids => (items[0]!.origin === undefined && !errors ? ids : lazyOrigins(items, ids)),
  }
}

/** Likewise. */
export function* inChunks(items: readonly SourceItem<unknown>[]): Generator<Placed> {
  for (let at = 0; at < items.length; at += chunkItemsMax) yield placedOf(items.length <= chunkItemsMax ? items : items.slice(at, at + chunkItemsMax))
}

/** Origins are asked for only where something fails, or goes into another topic. A source may have one for what it could not read alone. */
function lazyOrigins(items: readonly SourceItem<unknown>[], ids: Names): Names {
  return Names.lazy(items.length, () => items.map(({ originParts, origin }, index): string | NameParts => originParts ?? origin ?? ids.at(index)))
}

function errorsBetween(errors: ReadonlyMap<number, Error>, from: number, to: number): ReadonlyMap<number, Error> | undefined {
  const within = [...errors].filter(([index]) => index >= from && index < to).map(([index, error]) => [index - from, error] as const)
  return within.length > 0 ? new Map(within) : undefined
}

function errorsOf(items: readonly SourceItem<unknown>[]): ReadonlyMap<number, Error> | undefined {
  const errors = new Map<number, Error>()
  items.forEach(({ error }, index) => {
    if (error) errors.set(index, error)
  })
  return errors.size > 0 ? errors : undefined
}

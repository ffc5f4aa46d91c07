// Whether a reducer keeps the laws that a parallel reduce stands on, by a search for a counterexample that is the same for the same seed.
import { isDeepStrictEqual } from 'node:util'
import { fromText, toText } from '../model/codec.ts'
import { BatchworkError, OptionError, show } from '../model/errors.ts'
import type { Reducer } from '../model/reducer.ts'
import { type Entry, type Groups, type Law, laws, vocabulary } from './reducer-laws.ts'
import { generator, type Random } from './seeded-random.ts'

export interface CheckReducerOptions<T, R> {
  /** Items to draw from, at least one; or a function that makes one from `random`, which gives numbers from 0 up to 1. */
  readonly items: readonly T[] | ((random: Random) => T)
  /** Whether two results are the same. By default: deeply equal once stored. */
  readonly equal?: ((a: R, b: R) => boolean) | undefined
  /** How many draws to try, from 1; 200 by default. */
  readonly runs?: number | undefined
  /** A whole number; 1 by default. Another one searches elsewhere. */
  readonly seed?: number | undefined
}

/** A reducer breaks `law`. `groups` is the smallest example found: three lists of items that are reduced apart and merged. */
export class ReducerLawError extends BatchworkError {
  readonly law: string
  readonly groups: readonly (readonly unknown[])[]
  readonly seed: number
  constructor(law: string, groups: readonly (readonly unknown[])[], difference: string, seed: number) {
    const [a, b, c] = groups.map(group => show(group))
    super('REDUCER_LAW', `the reducer breaks a law: ${law}; ${difference}, where a reduces ${a}, b ${b} and c ${c} (seed ${seed}). ` +
      'Correct it, or its results will depend on how the work was split')
    this.law = law
    this.groups = groups
    this.seed = seed
  }
}

/**
 * Throws ReducerLawError with the smallest counterexample found if `merge` is not associative or not commutative, if `create()` is not neutral,
 * if adding an item differs from merging it in, if a sum does not survive being stored, or if a second argument or an extracted sum is changed.
 *
 *     checkReducer(longest, { items: ['a', 'bb', 'cc'] })
 */
export function checkReducer<T, A, R>(reducer: Reducer<T, A, R>, options: CheckReducerOptions<T, R>): void {
  const { runs = 200, seed = 1, items, equal = equalOnceStored } = options
  if (typeof items !== 'function' && items.length === 0) throw new OptionError('checkReducer: items', items, 'at least one item, or a function that makes one')
  const random = generator(seed)
  const draw = typeof items === 'function' ? () => items(random) : () => items[Math.floor(random() * items.length)] as T
  for (let run = 0; run < runs; run++) {
    const groups = drawGroups(draw, random, 1 + run % 12)
    for (const law of laws) {
      if (differenceBy(law, reducer, groups, equal) === undefined) continue
      throw failure(law, shrink(groups, smaller => differenceBy(law, reducer, smaller, equal) !== undefined), reducer, equal, seed)
    }
  }
}

function drawGroups<T>(draw: () => T, random: Random, most: number): Groups<T> {
  let made = 0
  const entry = (): Entry<T> => {
    const id = `item-${made++}`
    return { item: draw(), meta: { id, key: undefined, time: new Date(Math.floor(random() * 5)), headers: {}, origin: id } }
  }
  const group = () => Array.from({ length: Math.floor(random() * (most + 1)) }, entry)
  return [group(), group(), group()]
}

/** What the two sides of a law give, if that is not the same. */
function differenceBy<T, A, R>(law: Law, reducer: Reducer<T, A, R>, groups: Groups<T>, equal: (a: R, b: R) => boolean): string | undefined {
  try {
    const [left, right] = law.sides(vocabulary(reducer, groups))
    return equal(left, right) ? undefined : `one gives ${show(left)}, the other ${show(right)}`
  } catch (error) {
    return `it throws ${String(error)}`
  }
}

/** Leaves out items one by one, as long as the law stays broken. */
function shrink<T>(groups: Groups<T>, isBroken: (groups: Groups<T>) => boolean): Groups<T> {
  for (const [at, group] of groups.entries()) {
    for (const left of group) {
      const smaller = groups.with(at, group.filter(entry => entry !== left)) as unknown as Groups<T>
      if (isBroken(smaller)) return shrink(smaller, isBroken)
    }
  }
  return groups
}

function failure<T, A, R>(law: Law, groups: Groups<T>, reducer: Reducer<T, A, R>, equal: (a: R, b: R) => boolean, seed: number): ReducerLawError {
  const difference = differenceBy(law, reducer, groups, equal) ?? 'it does so only now and then, so it depends on more than its arguments'
  return new ReducerLawError(law.name, groups.map(group => group.map(entry => entry.item)), difference, seed)
}

function equalOnceStored(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(fromText(toText(a)), fromText(toText(b)))
}

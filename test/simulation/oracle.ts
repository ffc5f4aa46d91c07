// What must come out of a shape: a plain function over arrays, which shares no code with the library.
import type { Expected } from './expected.ts'
import { parcelsOf } from './parcels.ts'
import type { Shape } from './shapes.ts'
import { Teller } from './teller.ts'

export interface Prophecy {
  readonly isStopped: boolean
  readonly outputs: Readonly<Record<string, Expected>>
  readonly sinks: Readonly<Record<string, Expected>>
  readonly topics: Readonly<Record<string, Expected>>
  readonly failures: Expected
}

const source = 'source'

function told({ manner, items, published, splits, chain, sourceHasIds, sourceThrows }: Shape, withheld: ReadonlySet<string>, isMended: boolean): Teller {
  const teller = new Teller(withheld, isMended)
  // Where a source is stored it is a stage before every barrier.
  const ends = withheld.has(source) ? 'maybe' : 'all'
  const given = sourceHasIds ? teller.withIds(source, items, sourceThrows) : items
  const isOrdered = published.length === 0 && (splits.count === 1 || splits.isGrouped)
  teller.chain({ parcels: parcelsOf([...given, ...published]), isFanned: false, splits: [], flows: 'all', ends, before: [source], isGated: false, isWhole: manner === 'again', isOrdered }, chain)
  return teller
}

/** What must be there at the end; `isMended`: after a second round, in which nothing was bad any more. */
export function prophesied(shape: Shape, isMended = false): Prophecy {
  if (!isMended) return prophecyOf(shape, false)
  const [first, second] = [prophecyOf(shape, false), prophecyOf(shape, true)]
  const ofBoth = (name: 'outputs' | 'topics') => Object.fromEntries(Object.entries(second[name]).map(([key, expected]) => [key, expected.mayRepeat ? toldInBoth(first[name][key]!, expected) : expected]))
  return { ...second, outputs: ofBoth('outputs'), topics: ofBoth('topics') }
}

/** What was told of failures in the first round stays told; what nobody mends is told of in the second. */
function toldInBoth(first: Expected, second: Expected): Expected {
  const known = new Set(first.values.map(value => JSON.stringify(value)))
  return { ...first, values: [...first.values, ...second.values.filter(value => !known.has(JSON.stringify(value)))] }
}

function prophecyOf(shape: Shape, isMended: boolean): Prophecy {
  let teller = told(shape, new Set(), isMended)
  for (let before = -1; teller.shut.size > 0 && before !== teller.shut.size;) {
    before = teller.shut.size
    teller = told(shape, new Set([...teller.shut.values()].flat()), isMended)
  }
  const certain = teller.failures.every(({ certainty }) => certainty === 'all')
  return {
    isStopped: teller.shut.size > 0, outputs: teller.outputs, sinks: teller.sinks, topics: teller.topics,
    failures: { kind: 'list', values: teller.failures.map(({ value }) => value), certainty: certain ? 'all' : 'maybe', mayRepeat: false, isOrdered: false },
  }
}

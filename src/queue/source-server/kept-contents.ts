// Contents that are looked up anew when they are a second old, and once for all who ask meanwhile.
import { createHash } from 'node:crypto'
import { nameFault } from '../../model/item-name.ts'
import { SourceError } from '../../sources/source-error.ts'
import type { Contents } from './shelf.ts'

const keepMs = 1_000
/** Names of one shelf are held in memory: some 200 bytes each. */
export const namesMax = 5_000_000

export class KeptContents {
  readonly #look: () => Promise<Contents>
  #at = -Infinity
  #kept: Promise<Contents> | undefined

  constructor(look: () => Promise<Contents>) {
    this.#look = look
  }

  get(): Promise<Contents> {
    if (!this.#kept || performance.now() - this.#at > keepMs) {
      this.#at = performance.now()
      const looking = this.#kept = this.#look()
      looking.catch(() => (this.#kept = undefined))
    }
    return this.#kept
  }
}

/** Names that have a fault are not served. Throws SourceError where there are too many. */
export function contentsOf<Place>(places: ReadonlyMap<string, Place>, read: (place: Place, name: string) => Promise<object | undefined>): Contents {
  if (places.size > namesMax) throw new SourceError(`there are ${places.size} items, but one source serves at most ${namesMax}; divide them among several`)
  const names = [...places.keys()].filter(name => nameFault(name) === undefined).toSorted(byUnits)
  const hash = createHash('sha256')
  for (const name of names) hash.update(name).update('\n')
  return {
    version: hash.digest('base64url').slice(0, 22), names,
    read: async name => (nameFault(name) === undefined && places.has(name) ? read(places.get(name)!, name) : undefined),
  }
}

function byUnits(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

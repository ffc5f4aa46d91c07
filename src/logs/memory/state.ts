// The named stores of a simulated log: keys in the order of their UTF-8 bytes, which is not that of JavaScript's strings.
import type { StateChange, StateEntry } from '../../log.ts'

export class MemoryState {
  readonly #stores = new Map<string, KeyedStore>()

  set({ store, key, value }: StateChange): void {
    let found = this.#stores.get(store)
    if (!found) this.#stores.set(store, (found = new KeyedStore()))
    found.set(key, value)
  }

  get(store: string, keys: readonly string[]): readonly StateEntry[] {
    return keys.flatMap(key => this.#stores.get(store)?.get(key) ?? [])
  }

  scan(store: string, after: string | undefined, limit: number): readonly StateEntry[] {
    return this.#stores.get(store)?.scan(after, limit) ?? []
  }

  delete(store: string): void {
    this.#stores.delete(store)
  }
}

class KeyedStore {
  readonly #values = new Map<string, string>()
  #sorted: string[] | undefined

  set(key: string, value: string | null): void {
    if (value === null ? this.#values.has(key) : !this.#values.has(key)) this.#sorted = undefined
    if (value === null) this.#values.delete(key)
    else this.#values.set(key, value)
  }

  get(key: string): StateEntry | undefined {
    const value = this.#values.get(key)
    return value === undefined ? undefined : { key, value }
  }

  scan(after: string | undefined, limit: number): readonly StateEntry[] {
    const keys = (this.#sorted ??= [...this.#values.keys()].toSorted(compareUtf8))
    const first = after === undefined ? 0 : firstAfter(keys, after)
    return keys.slice(first, first + limit).map(key => ({ key, value: this.#values.get(key)! }))
  }
}

function firstAfter(keys: readonly string[], after: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareUtf8(keys[middle]!, after) > 0) high = middle
    else low = middle + 1
  }
  return low
}

/** UTF-8 bytes sort as code points do. UTF-16 differs only where a surrogate meets a unit above the surrogates. */
function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const [a, b] = [left.charCodeAt(index), right.charCodeAt(index)]
    if (a !== b) return rank(a) - rank(b)
  }
  return left.length - right.length
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

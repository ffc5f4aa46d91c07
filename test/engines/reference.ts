// What a log must hold, in the simplest form: lists, a set and two maps. Called with what was asked of the real one, in the same order.
import type { Progress, StateChange } from '../../src/log.ts'

export interface ReferenceAppend {
  readonly partition: number
  readonly values: readonly string[]
  readonly isUnique: boolean
}

export class Reference {
  readonly items: readonly string[][]
  readonly #seen = new Set<string>()
  readonly #progress = new Map<string, Progress>()
  readonly #state = new Map<string, string>()

  constructor(partitions: number) {
    this.items = Array.from({ length: partitions }, () => [])
  }

  /** The indexes of the duplicates. */
  append({ partition, values, isUnique }: ReferenceAppend): readonly number[] {
    const duplicates = values.flatMap((value, index) => {
      const isSeen = isUnique && this.#seen.has(value)
      if (isUnique) this.#seen.add(value)
      return isSeen ? [index] : []
    })
    this.items[partition]!.push(...values.filter((_, index) => !duplicates.includes(index)))
    return duplicates
  }

  commit(appends: readonly ReferenceAppend[], progress: readonly Progress[], state: readonly StateChange[]): readonly (readonly number[])[] {
    for (const made of progress) this.#progress.set(`${made.subscription}/${made.partition}`, made)
    for (const { key, value } of state) {
      if (value === null) this.#state.delete(key)
      else this.#state.set(key, value)
    }
    return appends.map(append => this.append(append))
  }

  progress(subscription: string): readonly Progress[] {
    return [...this.#progress.values()].filter(made => made.subscription === subscription).toSorted((left, right) => left.partition - right.partition)
  }

  get state(): readonly { readonly key: string; readonly value: string }[] {
    const sorted = [...this.#state].toSorted(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
    return sorted.map(([key, value]) => ({ key, value }))
  }
}

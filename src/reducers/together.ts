// Several reducers over the same items, in one pass.
import type { Meta } from '../model/item.ts'
import type { Reducer } from '../model/reducer.ts'

type Results<S> = { readonly [N in keyof S]: S[N] extends Reducer<any, any, infer R> ? R : never }
type Sums = Record<string, unknown>

/** One result of each name: `together({ hits: count(), bytes: sum(hit => hit.bytes) })` gives `{ hits, bytes }`. */
export function together<T, S extends Readonly<Record<string, Reducer<T, any, any>>>>(reducers: S): Reducer<T, Sums, Results<S>> {
  const entries = Object.entries(reducers)
  const countsTogether = entries.every(([, reducer]) => typeof reducer.addTimes === 'function')
  const each = (part: (name: string, reducer: Reducer<T, any, any>) => unknown, onto: Sums = {}) => {
    for (const [name, reducer] of entries) onto[name] = part(name, reducer)
    return onto
  }
  return {
    create: () => each((_, reducer) => reducer.create()),
    add: (sums, item: T, meta: Meta) => each((name, reducer) => reducer.add(sums[name], item, meta), sums),
    ...(countsTogether && { addTimes: (sums: Sums, item: T, times: number) => each((name, reducer) => reducer.addTimes!(sums[name], item, times), sums) }),
    merge: (a, b) => each((name, reducer) => reducer.merge(a[name], b[name]), a),
    extract: sums => each((name, reducer) => reducer.extract(sums[name])) as Results<S>,
  }
}

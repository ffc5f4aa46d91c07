// The pure operators in front of a stage as one function: each calls the next, so that a value goes through all of them without anything being gathered
// on the way, and the compiler can inline the whole.
import { PermanentError, show } from '../model/errors.ts'
import type { Meta, RetryState } from '../model/item.ts'
import { conform } from '../model/schema.ts'
import type { Operator } from '../plan/plan.ts'

export interface OperandMeta extends Meta {
  /** The key as it is stored. */
  readonly keyText: string | undefined
  /** What a dead letter carries. */
  readonly retry: RetryState | undefined
}

/** What is done with a value on its way; `Key` is what becomes of a key meanwhile. */
export type Step<Key, Item> = (value: unknown, key: Key | undefined, item: Item) => void

/** Calls `last` for each value that comes out of one that goes in. Throws, when called, what an operator throws. */
export function fused<Key, Item extends OperandMeta>(operators: readonly Operator[], keyFor: (key: unknown) => Key, last: Step<Key, Item>): Step<Key, Item> {
  return operators.reduceRight<Step<Key, Item>>((next, operator) => stepOf(operator, keyFor, next), last)
}

function stepOf<Key, Item extends OperandMeta>(operator: Operator, keyFor: (key: unknown) => Key, next: Step<Key, Item>): Step<Key, Item> {
  switch (operator.kind) {
    case 'map': {
      const { transform } = operator
      return (value, key, item) => next(transform(value, item), key, item)
    }
    case 'filter': {
      const { keep } = operator
      return (value, key, item) => { if (keep(value, item)) next(value, key, item) }
    }
    case 'flatMap': {
      const { transform } = operator
      return (value, key, item) => { for (const part of transform(value, item)) next(part, key, item) }
    }
    case 'key': {
      const { key: keyOf } = operator
      return (value, _key, item) => next(value, keyFor(keyOf(value, item)), item)
    }
    case 'schema': {
      const { schema, name } = operator
      return (value, key, item) => next(conform(schema, value, () => `an item of '${name}' (${item.origin})`), key, item)
    }
    case 'route': return (value, key, item) => { if (takesRoute(operator, value)) next(value, key, item) }
    case 'failure': {
      const { stage, failureOf } = operator
      return (value, key, item) => next(failureOf(item.retry!, { id: item.id, origin: item.origin, stage, item: value }), key, item)
    }
  }
}

/** Keys are text or numbers, and stay apart: 1 and '1' are two keys. */
export function keyText(key: unknown): string {
  return JSON.stringify(checkedKey(key))
}

export function checkedKey(key: unknown): string | number {
  if (typeof key === 'string' || (typeof key === 'number' && Number.isFinite(key))) return key
  throw new PermanentError(`keyBy gave ${show(key)}, but a key is a string or a finite number`)
}

function takesRoute({ route, splitter, isChecker }: Operator & { kind: 'route' }, value: unknown): boolean {
  const { routes, default: fallback } = splitter
  if (route === fallback) return !Object.values(routes).some(matches => matches(value))
  if (routes[route]!(value)) return true
  if (isChecker && !Object.values(routes).some(matches => matches(value))) throw new NoRouteError(Object.keys(routes))
  return false
}

export class NoRouteError extends PermanentError {
  readonly reason = 'no-route' as const
  constructor(routes: readonly string[]) {
    super(`the item matches none of the routes ${routes.map(route => `'${route}'`).join(', ')}; add a route for it, or name a default: split(routes, { default: 'other' })`)
    this.name = 'NoRouteError'
  }
}

// The pure operators in front of a stage, applied to one item: none, one or several units of work come out.
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

/** A value on its way through the operators. */
interface Passing {
  readonly value: unknown
  readonly key: string | undefined
}

/** Throws what an operator throws. */
export function expand(operators: readonly Operator[], value: unknown, meta: OperandMeta): readonly Passing[] {
  let passing: readonly Passing[] = [{ value, key: meta.keyText }]
  for (const operator of operators) passing = passing.length === 1 ? applied(operator, passing[0]!, meta) : passing.flatMap(one => applied(operator, one, meta))
  return passing
}

function applied(operator: Operator, one: Passing, meta: OperandMeta): readonly Passing[] {
  const { value, key } = one
  switch (operator.kind) {
    case 'map': return [{ value: operator.transform(value, meta), key }]
    case 'filter': return operator.keep(value, meta) ? [one] : []
    case 'flatMap': return Array.from(operator.transform(value, meta), part => ({ value: part, key }))
    case 'failure': return [{ value: operator.failureOf(meta.retry!, { id: meta.id, origin: meta.origin, stage: operator.stage, item: value }), key }]
    case 'key': return [{ value, key: keyText(operator.key(value, meta)) }]
    case 'schema': return [{ value: conform(operator.schema, value, `an item of '${operator.name}' (${meta.origin})`), key }]
    case 'route': return takesRoute(operator, value) ? [one] : []
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

export function takesRoute({ route, splitter, isChecker }: Operator & { kind: 'route' }, value: unknown): boolean {
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

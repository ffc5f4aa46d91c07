// The operators of an input as one function: each calls the next, so that a value goes through all of them without anything being gathered
// on the way, and the compiler can inline the whole.
import { conform } from '../model/schema.ts'
import type { Operator } from '../plan/plan.ts'
import { checkedKey, takesRoute } from '../runtime/operators.ts'
import type { RawKey } from './key-hash.ts'
import type { MappedItem } from './mapped-item.ts'

export type Step = (value: unknown, key: RawKey | undefined, item: MappedItem) => void

/** Throws, when called, what an operator throws. */
export function fused(operators: readonly Operator[], last: Step): Step {
  return operators.reduceRight<Step>((next, operator) => stepOf(operator, next), last)
}

function stepOf(operator: Operator, next: Step): Step {
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
      return (value, _key, item) => next(value, checkedKey(keyOf(value, item)), item)
    }
    case 'schema': {
      const { schema, name } = operator
      return (value, key, item) => next(conform(schema, value, () => `an item of '${name}' (${item.origin})`), key, item)
    }
    case 'route': return (value, key, item) => { if (takesRoute(operator, value)) next(value, key, item) }
    case 'failure': throw new TypeError('a source gives no failures')
  }
}

/** Whether a function asks for more than the value: it must then see an item that stands there several times as often. */
export function looksAtItems(operators: readonly Operator[]): boolean {
  return operators.some(operator => {
    switch (operator.kind) {
      case 'map':
      case 'flatMap': return operator.transform.length > 1
      case 'filter': return operator.keep.length > 1
      case 'key': return operator.key.length > 1
      default: return false
    }
  })
}

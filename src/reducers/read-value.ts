// What a reducer asks of each item: a number or a key. Anything else is refused here, or '12' would be glued to a sum as text.
import { BatchworkError, show } from '../model/errors.ts'
import type { Key } from '../model/values.ts'

/** A reducer was given what it cannot reduce. */
export class ReducerError extends BatchworkError {
  constructor(message: string) {
    super('REDUCER', message)
  }
}

export function readNumber(value: number, reducer: string): number {
  if (typeof value === 'number') return value
  throw new ReducerError(`${reducer} read ${show(value)} from an item, but needs a number; convert it with Number(...) in the function given to ${reducer}`)
}

/** A key as text: 1 and '1' are one key. */
export function readKey(key: Key, reducer: string): string {
  if (typeof key === 'string') return key
  if (typeof key === 'number') return String(key)
  throw new ReducerError(`${reducer} read the key ${show(key)} from an item, but needs a string or a number; return one from the function given to ${reducer}`)
}

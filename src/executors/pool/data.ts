// What may travel to a thread or process and back: data. Structured cloning would strip a class instance silently to a plain object, so
// everything is looked at before it is sent.
import { CodecError, isPlain } from '../../model/codec.ts'
import { show } from '../../model/errors.ts'

const depthMax = 200
/** As many as can be stored. Holes of an array count: it may have four billion of them. */
const partsMax = 10_000_000

/** Throws CodecError. `what` names the value in it: 'the item', 'the result'. */
export function checkData(value: unknown, what: string): void {
  if (!isPlain(value)) checkPart(value, what, 0, { parts: 0 })
}

function checkPart(value: unknown, what: string, depth: number, seen: { parts: number }): void {
  if (++seen.parts > partsMax) throw new CodecError(`${what} holds more than ${partsMax.toLocaleString('en')} values; split it, or keep what is large in a file and let the item name it`)
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new CodecError(`${what} holds a ${typeof value}, which cannot go to or from a thread or process: ${describe(value)}; items are data`)
  }
  if (typeof value !== 'object' || value === null) return
  if (depth > depthMax) throw new CodecError(`${what} is nested deeper than ${depthMax} levels; flatten it, or pass it as text`)
  for (const part of partsOf(value, what)) checkPart(part, what, depth + 1, seen)
}

function partsOf(value: object, what: string): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value
  if (value instanceof Map) return [...value].flat()
  if (value instanceof Date || value instanceof Uint8Array) return []
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype !== Object.prototype && prototype !== null) {
    throw new CodecError(`${what} holds an instance of class ${prototype.constructor?.name ?? '?'}, which would arrive without its class; use a plain object`)
  }
  if (Object.hasOwn(value, '__proto__')) throw new CodecError(`${what} has a key '__proto__', which is refused; rename the key`)
  return Object.values(value)
}

function describe(value: symbol | object): string {
  return typeof value === 'symbol' ? String(value) : show(value)
}

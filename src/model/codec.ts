// Values as JSON, and back as they were: Date, bigint, Map, Set, bytes, undefined, NaN and -0 survive; class instances and functions are
// refused, for a Stream<{ placed: Date }> must not lie after a hop. Values that are plain JSON already, nearly all, cost one look each.
import { BatchworkError, show } from './errors.ts'

const tag = '$type'
const maxDepth = 200
/** A value that holds another one twice, and that a third one twice, is soon larger than memory. */
const objectsMax = 10_000_000
let objects = 0

export class CodecError extends BatchworkError {
  constructor(message: string) {
    super('CODEC', message)
  }
}

/** What JSON keeps as it is, and holds nothing else. */
export type Scalar = string | number | boolean | null

export function isScalar(value: unknown): value is Scalar {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    default:
      return value === null
  }
}

/** Whether JSON.parse(JSON.stringify(value)) gives it back. Throws CodecError for what can never be stored. */
export function isPlain(value: unknown, depth = 0): boolean {
  return isScalar(value) || (typeof value === 'object' && isPlainObject(value, depth))
}

function isPlainObject(value: object, depth: number): boolean {
  checkSize(depth)
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!isPlain(value[index], depth + 1)) return false
    return !('toJSON' in value)
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  for (const key in value) {
    if (key === tag || key === '__proto__') return false
    const field = (value as Record<string, unknown>)[key]
    if (field !== undefined && !isPlain(field, depth + 1)) return false
  }
  return !('toJSON' in value)
}

/** A value of plain JSON that `revive` turns back. */
export function tagged(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { [tag]: 'number', value: Object.is(value, -0) ? '-0' : String(value) }
    case 'bigint':
      return { [tag]: 'bigint', value: String(value) }
    case 'undefined':
      return { [tag]: 'undefined' }
    case 'function':
    case 'symbol':
      throw new CodecError(`a ${typeof value} cannot be stored; items are data: ${show(value)}`)
    case 'object':
      return value === null ? null : taggedObject(value, depth)
    default:
      return value
  }
}

function checkSize(depth: number): void {
  if (depth > maxDepth) throw new CodecError(`a value is nested deeper than ${maxDepth} levels; flatten it, or store it as text`)
  if (depth === 0) objects = 0
  if (++objects > objectsMax) throw new CodecError(`a value holds more than ${objectsMax.toLocaleString('en')} objects; split it, or keep what is large in a file and let the item name it`)
}

function taggedObject(value: object, depth: number): unknown {
  checkSize(depth)
  const inner = (part: unknown) => tagged(part, depth + 1)
  if (Array.isArray(value)) {
    if (value.length > objectsMax) throw new CodecError(`an array has ${value.length.toLocaleString('en')} places, but at most ${objectsMax.toLocaleString('en')} can be stored where some are empty or no plain JSON; split it`)
    return Array.from(value, inner)
  }
  if (value instanceof Date) return { [tag]: 'Date', value: value.getTime() }
  if (value instanceof Map) return { [tag]: 'Map', value: Array.from(value, ([key, entry]) => [inner(key), inner(entry)]) }
  if (value instanceof Set) return { [tag]: 'Set', value: Array.from(value, inner) }
  if (value instanceof Uint8Array) return { [tag]: 'bytes', value: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new CodecError(`an instance of class ${prototype.constructor?.name ?? '?'} cannot be stored: it would come back without its class; use a plain object`)
  }
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  for (const [key] of fields) if (key === '__proto__') throw new CodecError("an object has a key '__proto__', which is refused; rename the key")
  const plain = Object.fromEntries(fields.map(([key, field]) => [key, inner(field)]))
  return tag in plain ? { [tag]: 'object', value: plain } : plain
}

/** What `tagged` made, as it was. */
export function revive(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(revive)
  const record = value as Record<string, unknown>
  if (Object.hasOwn(record, tag)) return reviveTagged(record[tag], record['value'])
  for (const key of Object.keys(record)) record[key] = revive(record[key])
  return record
}

function reviveTagged(type: unknown, value: any): unknown {
  switch (type) {
    case 'number': return Number(value)
    case 'bigint': return BigInt(value)
    case 'undefined': return undefined
    case 'Date': return new Date(value ?? Number.NaN)
    case 'Map': return new Map(value.map(([key, entry]: [unknown, unknown]) => [revive(key), revive(entry)]))
    case 'Set': return new Set(value.map(revive))
    case 'bytes': return new Uint8Array(Buffer.from(value, 'base64'))
    case 'object': return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, revive(field)]))
    default: throw new CodecError(`a stored value has the unknown type ${show(type)}; it was written by a newer version`)
  }
}

/** One value as JSON text, tagged only where needed. */
export function toText(value: unknown): string {
  return isPlain(value) ? JSON.stringify(value) : JSON.stringify({ [tag]: 'tagged', value: tagged(value) })
}

export function fromText(text: string): unknown {
  const value = JSON.parse(text)
  return value !== null && typeof value === 'object' && value[tag] === 'tagged' ? revive(value.value) : value
}

// Errors across threads and processes: class, name, message, stack, cause and the data fields arrive as they left. A class that only the
// user's module knows arrives as an Error of that name.
import { types } from 'node:util'
import { BatchworkError, CrashedError, FencedError, LogError, OptionError, PermanentError, PlanError, SchemaError, TimeoutError } from '../../model/errors.ts'
import { CodecError } from '../../model/codec.ts'
import { RetryLater } from '../../model/retry-later.ts'
import { checkData } from './data.ts'

export type WireError =
  | { readonly thrown: unknown }
  | {
    readonly type: string
    readonly name: string
    readonly message: string
    readonly stack: string | undefined
    readonly cause: WireError | undefined
    readonly errors: readonly WireError[] | undefined
    readonly fields: Readonly<Record<string, unknown>>
  }

const depthMax = 8
const errorsMax = 20

const classes: ReadonlyMap<string, { readonly prototype: Error }> = new Map(Object.entries({
  PermanentError, RetryLater, SchemaError, TimeoutError, CrashedError, CodecError, PlanError, OptionError, FencedError, LogError, BatchworkError,
  TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError, AggregateError, Error,
}))

// DOMException, which aborts throw, is an Error too.
function isNativeError(error: unknown): error is Error {
  return types.isNativeError(error) || error instanceof Error
}

export function toWire(error: unknown, depth = 0): WireError {
  if (!isNativeError(error)) return { thrown: asData(error) }
  return {
    type: typeOf(error),
    // oxlint-disable-next-line typescript/no-unnecessary-type-conversion -- whatever a user's class makes of them
    name: String(error.name),
    // oxlint-disable-next-line typescript/no-unnecessary-type-conversion
    message: String(error.message),
    stack: typeof error.stack === 'string' ? error.stack : undefined,
    cause: 'cause' in error && depth < depthMax ? toWire(error.cause, depth + 1) : undefined,
    errors: error instanceof AggregateError && depth < depthMax ? error.errors.slice(0, errorsMax).map(one => toWire(one, depth + 1)) : undefined,
    fields: fieldsOf(error),
  }
}

export function fromWire(wire: WireError): unknown {
  if ('thrown' in wire) return wire.thrown
  const error = new Error(wire.message, wire.cause === undefined ? undefined : { cause: fromWire(wire.cause) })
  Object.setPrototypeOf(error, (classes.get(wire.type) ?? Error).prototype)
  for (const [key, value] of Object.entries(wire.fields)) define(error, key, value, true)
  if (error.name !== wire.name) define(error, 'name', wire.name, false)
  if (wire.errors) define(error, 'errors', wire.errors.map(fromWire), false)
  define(error, 'stack', wire.stack, false)
  return error
}

function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true })
}

// By code too: the user's module may have loaded another copy of this package.
function typeOf(error: Error): string {
  const { code } = error as { code?: unknown }
  if (code === 'PERMANENT') return 'PermanentError'
  if (code === 'RETRY_LATER') return 'RetryLater'
  for (const [name, known] of classes) if (Object.prototype.isPrototypeOf.call(known.prototype, error)) return name
  return 'Error'
}

function fieldsOf(error: Error): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(error)) {
    if (['name', 'message', 'stack', 'cause', 'errors', '__proto__'].includes(key)) continue
    if (isData(value)) fields[key] = value
  }
  return fields
}

function asData(value: unknown): unknown {
  return isData(value) ? value : String(value)
}

function isData(value: unknown): boolean {
  try {
    checkData(value, 'an error')
    return true
  } catch {
    return false
  }
}

// Errors across threads and processes: class, name, message, stack, cause and the data fields arrive as they left. A class that only the
// user's module knows arrives as an Error of that name.
import { BatchworkError, CrashedError, FencedError, LogError, OptionError, PermanentError, PlanError, SchemaError, show, TimeoutError } from '../../model/errors.ts'
import { CodecError } from '../../model/codec.ts'
import { thrownError } from '../../model/thrown.ts'
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

export function toWire(error: unknown, depth = 0): WireError {
  const thrown = thrownError(error)
  if (!thrown) return { thrown: asData(error) }
  const { name, message, stack, cause } = thrown
  return {
    type: typeOf(error as Error), name, message, stack,
    cause: cause !== undefined && depth < depthMax ? toWire(cause, depth + 1) : undefined,
    errors: error instanceof AggregateError && depth < depthMax ? error.errors.slice(0, errorsMax).map(one => toWire(one, depth + 1)) : undefined,
    fields: fieldsOf(error as Error),
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
  for (const key of Object.keys(error)) {
    if (['name', 'message', 'stack', 'cause', 'errors', '__proto__'].includes(key)) continue
    if (isData(() => (error as unknown as Record<string, unknown>)[key])) fields[key] = (error as unknown as Record<string, unknown>)[key]
  }
  return fields
}

function asData(value: unknown): unknown {
  return isData(() => value) ? value : show(value)
}

/** Getting it may throw, too. */
function isData(get: () => unknown): boolean {
  try {
    checkData(get(), 'an error')
    return true
  } catch {
    return false
  }
}

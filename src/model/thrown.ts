// What was thrown, in words. Anything can be thrown: a proxy, an object without a prototype, an error whose message is no text. The one
// thing to know: looking at it here does not throw again, or an error would hide behind that of its report.
import { shortText, show } from './errors.ts'

const charactersMax = 10_000

export interface ThrownError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly cause: unknown
}

/** The fields of an error, as texts. Undefined for what is no error. */
export function thrownError(thrown: unknown): ThrownError | undefined {
  if (!isError(thrown)) return undefined
  return {
    name: textOf(thrown, 'name') ?? 'Error',
    message: shortText(textOf(thrown, 'message') ?? '', charactersMax),
    stack: textOf(thrown, 'stack'),
    cause: fieldOf(thrown, 'cause'),
  }
}

/** The message of an error; any other value as it is shown. */
export function thrownText(thrown: unknown): string {
  return thrownError(thrown)?.message ?? show(thrown)
}

function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error
  } catch {
    return false
  }
}

function textOf(error: Error, field: 'name' | 'message' | 'stack'): string | undefined {
  const value = fieldOf(error, field)
  return value === undefined || typeof value === 'string' ? value : show(value)
}

function fieldOf(error: Error, field: keyof ThrownError): unknown {
  try {
    return error[field]
  } catch {
    return undefined
  }
}

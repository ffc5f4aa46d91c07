// The part of Standard Schema (zod, valibot, arktype) that is used: https://standardschema.dev
import { SchemaError, show, type SchemaIssue } from './errors.ts'
import { thrownText } from './thrown.ts'

export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => unknown
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** The value as the schema gives it back. Throws SchemaError; `what` names the value in it. */
export function conform<Output>(schema: Schema<any, Output>, value: unknown, what: string | (() => string)): Output {
  const result = validated(schema, value, what)
  if (typeof result !== 'object' || result === null) throw new SchemaError(textOf(what), [{ message: `the schema gave ${show(result)}, but must give { value } or { issues }` }])
  if ('then' in result) {
    void Promise.resolve(result as PromiseLike<unknown>).catch(() => {}) // It is refused, however it ends.
    throw new SchemaError(textOf(what), [{ message: 'the schema is asynchronous, which items cannot wait for; check in a work stage instead' }])
  }
  const { issues, value: output } = result as { readonly issues?: readonly SchemaIssue[]; readonly value?: unknown }
  if (issues) throw new SchemaError(textOf(what), issues)
  return output as Output
}

function validated(schema: Schema<any, any>, value: unknown, what: string | (() => string)): unknown {
  try {
    return schema['~standard'].validate(value)
  } catch (error) {
    throw new SchemaError(textOf(what), [{ message: `the schema threw ${thrownText(error)}` }], { cause: error })
  }
}

function textOf(what: string | (() => string)): string {
  return typeof what === 'string' ? what : what()
}

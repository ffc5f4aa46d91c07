// The part of Standard Schema (zod, valibot, arktype) that is used: https://standardschema.dev
import { SchemaError, type SchemaIssue } from './errors.ts'

export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => unknown
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

type Result = { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

/** The value as the schema gives it back. Throws SchemaError; `what` names the value in it. */
export function conform<Output>(schema: Schema<any, Output>, value: unknown, what: string): Output {
  const result = schema['~standard'].validate(value) as Result | PromiseLike<Result>
  if ('then' in result) throw new SchemaError(what, [{ message: 'the schema is asynchronous, which items cannot wait for; check in a work stage instead' }])
  if (result.issues) throw new SchemaError(what, result.issues)
  return result.value as Output
}

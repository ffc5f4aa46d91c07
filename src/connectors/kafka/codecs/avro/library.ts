// The part of the package 'avsc' that is used. It is optional, comes with the Kafka client, and is imported when a pipeline with Avro reads or writes something.
import { BatchworkError } from '../../../../model/errors.ts'

export interface AvroType {
  toBuffer(value: unknown): Buffer
  fromBuffer(buffer: Buffer, resolver?: unknown): unknown
  /** What reads values of that older or newer type as this one. Throws where they do not fit. */
  createResolver(written: AvroType): unknown
}

export interface AvroLibrary {
  readonly Type: { forSchema(schema: unknown, options: { readonly omitRecordMethods: boolean }): AvroType }
}

export async function avroLibrary(): Promise<AvroLibrary> {
  try {
    const { default: library } = await import('avsc')
    return library
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new BatchworkError('MISSING_PACKAGE', `Avro needs the package 'avsc', which is not installed; install it: npm install avsc`, { cause: error })
  }
}

/** Throws BatchworkError where it is no schema. `what` names it in the message. */
export function typeOf({ Type }: AvroLibrary, schema: unknown, what: string): AvroType {
  try {
    return Type.forSchema(schema, { omitRecordMethods: true })
  } catch (error) {
    throw new BatchworkError('AVRO_SCHEMA', `${what} is not a schema that can be used: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/** Records come as instances of classes made for each schema; an item is plain data. */
export function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]))
}

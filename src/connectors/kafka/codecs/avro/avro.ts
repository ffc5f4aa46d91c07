// Avro values: by a schema that is given, or by the schemas of a registry, whose ids stand before the values as Confluent's serializers put them.
import { OptionError } from '../../../../model/errors.ts'
import { checkOptions, checkText } from '../../../../sources/options.ts'
import type { KafkaCodec } from '../codec.ts'
import { avroLibrary, plain, typeOf, type AvroType } from './library.ts'
import { RegistryCodec } from './registry-codec.ts'
import { SchemaRegistry } from './schema-registry.ts'

export interface AvroOptions {
  /** As an object or as JSON text. Without a registry: what values are written and read by. With one: what items are written by, and what values of older and newer schemas are read as. */
  readonly schema?: object | string | undefined
  /** Address of a schema registry, such as http://localhost:8081; user and password, where it wants them, before the host. Default: none, and values are nothing but Avro. */
  readonly registry?: string | undefined
  /** Under which name the registry has the schema that is written by. Default: the topic's name and '-value'. */
  readonly subject?: string | undefined
  /** Adds the schema to the subject where it is not there yet. Default false: it has to be there. */
  readonly register?: boolean | undefined
}

/**
 * Values in Avro, for `kafkaTopic`. Needs the package 'avsc', which npm installs with '@platformatic/kafka'. Longs outside of what a number holds exactly, and values that do not fit the schema, become dead letters. Logical types
 * are not interpreted: a timestamp is a number. With a registry that has several types in a union, a value that could be of more than one is an object: { int: 3 }. Throws OptionError.
 *
 *     kafkaTopic('kafka://shop:9092', 'orders', { codec: avro({ registry: 'http://schemas:8081' }) })
 */
export function avro<T = unknown>(options: AvroOptions): KafkaCodec<T> {
  checkOptions('avro', options, ['schema', 'registry', 'subject', 'register'])
  const { schema, registry, subject, register = false } = options
  if (registry === undefined && schema === undefined) throw new OptionError('avro: schema', schema, "a schema, as an object or as JSON text, where there is no 'registry'")
  if (registry === undefined && (subject !== undefined || register)) throw new OptionError('avro: registry', registry, "the address of a schema registry where 'subject' or 'register' is given")
  const own = schema === undefined ? undefined : schemaOf(schema)
  if (registry === undefined) return new SchemaCodec<T>(own)
  if (subject !== undefined) checkText('avro: subject', subject, "a subject's name, such as 'orders-value'")
  return new RegistryCodec<T>(new SchemaRegistry(registry), { schema: own, subject, register })
}

function schemaOf(given: unknown): unknown {
  if (typeof given === 'object' && given !== null) return given
  if (typeof given !== 'string') throw new OptionError('avro: schema', given, 'an object, or JSON text')
  try {
    return JSON.parse(given) as unknown
  } catch {
    throw new OptionError('avro: schema', given, 'an object, or JSON text')
  }
}

/** One schema for all values, and nothing but the value in the record. */
class SchemaCodec<T> implements KafkaCodec<T> {
  readonly #schema: unknown
  #type: AvroType | undefined

  constructor(schema: unknown) {
    this.#schema = schema
  }

  readonly beforeDecode = (): Promise<void> => this.#load()
  readonly beforeEncode = (): Promise<void> => this.#load()
  readonly decode = (value: Uint8Array): T => plain(this.#type!.fromBuffer(Buffer.from(value))) as T
  readonly encode = (item: T): Uint8Array => this.#type!.toBuffer(item)

  async #load(): Promise<void> {
    this.#type ??= typeOf(await avroLibrary(), this.#schema, 'avro: schema')
  }
}

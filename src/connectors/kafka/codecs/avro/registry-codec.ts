// Avro values as Confluent's serializers write them: a zero byte, the schema's id in the registry as four bytes, then the value.
import { BatchworkError } from '../../../../model/errors.ts'
import type { KafkaCodec } from '../codec.ts'
import { avroLibrary, plain, typeOf, type AvroLibrary, type AvroType } from './library.ts'
import type { SchemaRegistry } from './schema-registry.ts'

export interface RegistryCodecOptions {
  readonly schema: unknown
  readonly subject: string | undefined
  readonly register: boolean
}

/** How values under one id are read. */
interface Known {
  readonly type?: AvroType
  readonly resolver?: unknown
  /** Why none of them can be. */
  readonly refusal?: Error
}

const headLength = 5
/** Bytes that are no Avro name any id; what is known is forgotten when it is more than that. */
const knownMax = 10_000

export class RegistryCodec<T> implements KafkaCodec<T> {
  readonly #registry: SchemaRegistry
  readonly #options: RegistryCodecOptions
  readonly #known = new Map<number, Known>()
  /** By topic: what stands before each value that is written. */
  readonly #heads = new Map<string, Buffer>()
  #library: AvroLibrary | undefined
  #own: AvroType | undefined

  constructor(registry: SchemaRegistry, options: RegistryCodecOptions) {
    this.#registry = registry
    this.#options = options
  }

  readonly beforeDecode = async (values: readonly Uint8Array[]): Promise<void> => {
    await this.#load()
    const ids = new Set(values.map(idIn).filter(id => id !== undefined))
    if (this.#known.size > knownMax) this.#known.clear()
    for (const id of ids) if (!this.#known.has(id)) this.#known.set(id, await this.#find(id))
  }

  readonly decode = (value: Uint8Array): T => {
    const id = idIn(value)
    if (id === undefined) throw new Error('it does not begin with the id of a schema, as a registry wants it; values without one are read by avro({ schema })')
    const { type, resolver, refusal } = this.#known.get(id)!
    if (refusal) throw refusal
    const body = Buffer.from(value.buffer, value.byteOffset + headLength, value.byteLength - headLength)
    return plain(resolver === undefined ? type!.fromBuffer(body) : this.#own!.fromBuffer(body, resolver)) as T
  }

  readonly beforeEncode = async (topic: string): Promise<void> => {
    const { schema, subject = `${topic}-value`, register } = this.#options
    if (schema === undefined) throw new BatchworkError('AVRO_SCHEMA', `avro: there is no schema to write topic '${topic}' by; give avro({ registry, schema })`)
    await this.#load()
    if (!this.#heads.has(topic)) this.#heads.set(topic, headOf(await this.#registry.idOf(subject, schema, register)))
  }

  readonly encode = (item: T, topic: string): Uint8Array => Buffer.concat([this.#heads.get(topic)!, this.#own!.toBuffer(item)])

  async #load(): Promise<void> {
    this.#library ??= await avroLibrary()
    if (this.#options.schema !== undefined) this.#own ??= typeOf(this.#library, this.#options.schema, 'avro: schema')
  }

  async #find(id: number): Promise<Known> {
    const found = await this.#registry.schemaOf(id)
    if (found instanceof Error) return { refusal: found }
    try {
      const type = typeOf(this.#library!, found, `schema ${id} of the registry`)
      return this.#own ? { resolver: this.#own.createResolver(type) } : { type }
    } catch (error) {
      return { refusal: error as Error }
    }
  }
}

function idIn(value: Uint8Array): number | undefined {
  if (value.byteLength < headLength || value[0] !== 0) return undefined
  return new DataView(value.buffer, value.byteOffset).getInt32(1)
}

function headOf(id: number): Buffer {
  const head = Buffer.alloc(headLength)
  head.writeInt32BE(id, 1)
  return head
}

// A schema registry with the HTTP interface of Confluent's, which others (Apicurio, Karapace, Redpanda) have too.
import { setTimeout as pause } from 'node:timers/promises'
import { BatchworkError, OptionError } from '../../../../model/errors.ts'

const requestTimeoutMs = 10_000
/** A registry that is restarted comes back in about that time. */
const pausesMs = [100, 300, 1_000, 3_000, 10_000] as const
const answerCharactersMax = 10_000_000
/** What a person reads of an answer. */
const shownCharactersMax = 300
const mediaType = 'application/vnd.schemaregistry.v1+json'

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export class SchemaRegistry {
  readonly #base: string
  readonly #authorization: Readonly<Record<string, string>>

  /** Throws OptionError for what is no address. */
  constructor(address: string) {
    const url = URL.canParse(address) ? new URL(address) : undefined
    if (!url || !/^https?:$/.test(url.protocol)) throw new OptionError('avro: registry', address, 'an address such as http://localhost:8081')
    const { username, password } = url
    this.#authorization = username === '' ? {} : { authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}` }
    this.#base = `${url.origin}${url.pathname.replace(/\/$/, '')}`
  }

  /** The schema, or an Error that says why values under that id cannot be read: such an id may come from bytes that are no Avro. Throws where the registry does not answer. */
  async schemaOf(id: number): Promise<unknown> {
    const { status, body: { schema, schemaType = 'AVRO', references } } = await this.#ask(`schemas/ids/${id}`)
    if (status === 404) return new Error(`the registry has no schema with the id ${id}`)
    if (schemaType !== 'AVRO' || typeof schema !== 'string') return new Error(`schema ${id} of the registry is ${String(schemaType)}, not AVRO`)
    if (Array.isArray(references) && references.length > 0) return new Error(`schema ${id} of the registry refers to other schemas, which is not supported; give the whole schema to avro({ registry, schema })`)
    return JSON.parse(schema) as unknown
  }

  /** The id of this very schema under a subject. Throws BatchworkError SCHEMA_REGISTRY where it is not there, unless it may be registered. */
  async idOf(subject: string, schema: unknown, register: boolean): Promise<number> {
    const path = `subjects/${encodeURIComponent(subject)}`
    const { status, body } = await this.#ask(register ? `${path}/versions` : path, { schema: JSON.stringify(schema) })
    if (typeof body['id'] === 'number') return body['id']
    if (status === 404) throw this.#error(`subject '${subject}' does not have the schema that was given to avro(); register it, or let avro({ register: true }) do that`)
    throw this.#error(`it did not take the schema for subject '${subject}': ${shown(body)}`)
  }

  async #ask(path: string, body?: object): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#request(path, body).catch((error: unknown) => error as Error)
      const isPassing = answer instanceof Error || answer.status >= 500 || answer.status === 429
      if (!isPassing) return this.#checked(answer)
      const pauseMs = pausesMs[attempt]
      if (pauseMs === undefined) throw answer instanceof Error ? this.#error(`it does not answer: ${reasonOf(answer)}; check the address, and that it runs`, answer) : this.#error(`it answers with ${answer.status}: ${shown(answer.body)}`)
      await pause(pauseMs)
    }
  }

  #checked(answer: Answer): Answer {
    if (answer.status === 401 || answer.status === 403) throw this.#error(`it refuses this user (${answer.status}): give the address as http://USER:PASSWORD@host`)
    return answer
  }

  async #request(path: string, body: object | undefined): Promise<Answer> {
    const response = await fetch(`${this.#base}/${path}`, {
      signal: AbortSignal.timeout(requestTimeoutMs), redirect: 'error',
      headers: { ...this.#authorization, accept: `${mediaType}, application/json`, ...body === undefined ? {} : { 'content-type': mediaType } },
      ...body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
    })
    const text = await response.text()
    if (text.length > answerCharactersMax) throw new Error(`an answer of ${text.length.toLocaleString('en')} characters`)
    try {
      const value = JSON.parse(text) as unknown
      return { status: response.status, body: typeof value === 'object' && value !== null ? value as Answer['body'] : {} }
    } catch {
      return { status: response.status, body: { message: text } }
    }
  }

  #error(what: string, cause?: unknown): BatchworkError {
    return new BatchworkError('SCHEMA_REGISTRY', `schema registry at ${this.#base}: ${what}`, cause === undefined ? undefined : { cause })
  }
}

function reasonOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message || (error.cause as NodeJS.ErrnoException).code || error.message : error.message
}

function shown(body: Answer['body']): string {
  const { message } = body
  return (typeof message === 'string' ? message : JSON.stringify(body)).slice(0, shownCharactersMax)
}

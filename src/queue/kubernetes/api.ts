// Requests to an API server. `send` is one request; what is called patiently is sent again while the server is away, for minutes if need be: whoever
// calls must bear that a request was done though its answer was lost.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import type { Connection } from './connection.ts'
import { KubernetesError } from './kubernetes-error.ts'
import { kinds, type Kind, type KubernetesObject, type ObjectList } from './objects.ts'

const answerMsMax = 30_000
const answerBytesMax = 64 * 1_048_576
const retryMs = 250
const retryMsMax = 15_000
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

export interface Sending {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
}

export interface Selection {
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export class KubernetesApi {
  readonly namespace: string
  readonly #connection: Connection
  readonly #signal: AbortSignal
  readonly #onOutage: (error: KubernetesError | undefined) => void
  #isOut = false

  /** After `signal` nothing is sent any more. `onOutage` is told when the server is away, and with undefined when it is back. */
  constructor(connection: Connection, signal: AbortSignal, onOutage: (error: KubernetesError | undefined) => void) {
    this.#connection = connection
    this.namespace = connection.namespace
    this.#signal = signal
    this.#onOutage = onOutage
  }

  async get<T extends KubernetesObject>(kind: Kind, name: string): Promise<T> {
    return await this.#patiently({ method: 'GET', path: this.path(kind, name) }) as T
  }

  /** A page at a time, so that memory does not grow with the list. Throws 410 (isExpired) when the list changed too much meanwhile. */
  async *list<T extends KubernetesObject>(kind: Kind, selection: Selection, { pageSize = 100, isMetadataOnly = false } = {}): AsyncGenerator<ObjectList<T>> {
    let next: string | undefined
    do {
      const query = { ...selection, limit: pageSize, continue: next }
      const page = await this.#patiently({ method: 'GET', path: this.path(kind), query, ...(isMetadataOnly && { accept: metadataOnly }) }) as ObjectList<T>
      yield page
      next = page.metadata.continue || undefined
    } while (next !== undefined)
  }

  /** Throws isAlreadyThere also when it was this request, sent twice, that created it. */
  async create<T extends KubernetesObject>(kind: Kind, body: T): Promise<T> {
    return await this.#patiently({ method: 'POST', path: this.path(kind), query: { fieldValidation: 'Strict', fieldManager: 'batchwork' }, body }) as T
  }

  async replace<T extends KubernetesObject>(kind: Kind, body: T): Promise<T> {
    return await this.send({ method: 'PUT', path: this.path(kind, body.metadata.name), query: { fieldValidation: 'Strict', fieldManager: 'batchwork' }, body }) as T
  }

  async patch<T extends KubernetesObject>(kind: Kind, name: string, body: object): Promise<T> {
    const query = { fieldValidation: 'Strict', fieldManager: 'batchwork' }
    return await this.#patiently({ method: 'PATCH', path: this.path(kind, name), query, body, contentType: 'application/merge-patch+json' }) as T
  }

  /** Only the object with this uid; a namesake made later is spared. What it owns goes with it. */
  async delete(kind: Kind, name: string, uid: string): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid }, propagationPolicy: 'Background' }
    try {
      await this.#patiently({ method: 'DELETE', path: this.path(kind, name), body })
    } catch (error) {
      if (!(error instanceof KubernetesError) || !(error.isNotFound || error.isConflict)) throw error
    }
  }

  path(kind: Kind, name?: string): string {
    const { path, plural } = kinds[kind]
    return `${path}/namespaces/${this.namespace}/${plural}${name === undefined ? '' : `/${name}`}`
  }

  /** One request, not repeated. */
  async send(sending: Sending): Promise<unknown> {
    const response = await this.open(sending, AbortSignal.any([this.#signal, AbortSignal.timeout(answerMsMax)]))
    try {
      return JSON.parse(await textOf(response))
    } catch (error) {
      if (error instanceof KubernetesError) throw error
      throw new KubernetesError(doing(sending), 0, 'Unreachable', `its answer broke off: ${(error as Error).message}`, { cause: error })
    }
  }

  /** The answer as a stream, once its status is known to be good. */
  async open(sending: Sending, signal: AbortSignal): Promise<IncomingMessage> {
    let response: IncomingMessage
    try {
      response = await this.#request(sending, signal)
    } catch (error) {
      this.#signal.throwIfAborted()
      throw new KubernetesError(doing(sending), 0, 'Unreachable', `the API server ${this.#connection.server.href} does not answer: ${(error as Error).message}`, { cause: error })
    }
    if (response.statusCode! < 300) return response
    throw await refusal(doing(sending), response)
  }

  async #request({ method, path, query = {}, body, contentType = 'application/json', accept = 'application/json' }: Sending, signal: AbortSignal): Promise<IncomingMessage> {
    const { server, options } = this.#connection
    const url = new URL(server.pathname.replace(/\/$/, '') + path, server)
    for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') url.searchParams.set(name, String(value))
    const settings = await options()
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const headers = { ...settings.headers, accept, 'user-agent': 'batchwork', ...(content && { 'content-type': contentType, 'content-length': content.length }) }
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { ...settings, method, headers, signal }, resolve)
    request.once('error', reject)
    request.end(content)
    return promise
  }

  async #patiently(sending: Sending): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await this.send(sending)
        this.#note(undefined)
        return answer
      } catch (error) {
        if (!(error instanceof KubernetesError) || !error.isPassing) throw error
        if (attempt >= 2) this.#note(error)
        await this.pause(attempt, error.retryAfterMs)
      }
    }
  }

  /** Doubling from a quarter of a second to 15 s, with jitter; ends at once when nothing is to be sent any more. */
  async pause(attempt: number, atLeastMs = 0): Promise<void> {
    const waitMs = Math.min(retryMsMax, retryMs * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2)
    await pause(Math.max(waitMs, atLeastMs), undefined, { signal: this.#signal })
  }

  #note(error: KubernetesError | undefined): void {
    if ((error !== undefined) === this.#isOut) return
    this.#isOut = error !== undefined
    this.#onOutage(error)
  }
}

function doing({ method, path }: Sending): string {
  return `${method} ${path}`
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response) {
    bytes += (part as Buffer).length
    if (bytes > answerBytesMax) throw new Error(`it has more than ${answerBytesMax} bytes`)
    parts.push(part as Buffer)
  }
  return Buffer.concat(parts).toString()
}

async function refusal(what: string, response: IncomingMessage): Promise<KubernetesError> {
  const text = await textOf(response).catch(() => '')
  const status = parsed(text)
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN)
  return new KubernetesError(what, response.statusCode!, status.reason ?? 'Unknown', status.message ?? (text.slice(0, 200) || 'no reason given'), { retryAfterMs: Number.isFinite(seconds) ? Math.min(seconds, 60) * 1000 : undefined })
}

function parsed(text: string): { readonly reason?: string; readonly message?: string } {
  try {
    return JSON.parse(text) as { readonly reason?: string; readonly message?: string }
  } catch {
    return {}
  }
}

// The simulated API server: HTTP in front of the store. Every request passes authentication, authorization, faults, then its verb.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Access } from './access.ts'
import { discovery } from './discovery.ts'
import type { Faults } from './faults.ts'
import { logs } from './kubelet.ts'
import { resources } from './objects.ts'
import { isMetadataOnly, list, shown, watch } from './reading.ts'
import { targetOf, type Target } from './requests.ts'
import { badRequest, notFound, StatusError, tooLarge, unsupportedMediaType } from './status-error.ts'
import type { Store } from './store.ts'
import { create, patch, remove, update } from './writing.ts'

const bodyBytesMax = 3 * 1_048_576

/** `before` it is done, or `after`, with the answer not yet sent. */
export type RequestHook = (target: Target, when: 'before' | 'after') => Promise<void> | void

export interface ApiServerOptions {
  readonly store: Store
  readonly access: Access
  readonly faults: Faults
  readonly namespace: string
  readonly jobsMax: number | undefined
  readonly bookmarkEveryMs: number
  readonly onRequest: RequestHook
  readonly tls: { readonly key: string; readonly cert: string } | undefined
}

export class ApiServer {
  /** By verb and resource: 'create jobs'. */
  readonly requests = new Map<string, number>()
  readonly #options: ApiServerOptions
  readonly #server: Server
  #isDown = false

  constructor(options: ApiServerOptions) {
    this.#options = options
    const listener = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response)
    this.#server = options.tls ? createSecureServer(options.tls, listener) : createServer(listener)
    this.#server.keepAliveTimeout = 60_000
  }

  async listen(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.listen(0, '127.0.0.1', resolve)
    await promise
    return `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Down: connections are cut, and new ones at once. */
  setDown(isDown: boolean): void {
    this.#isDown = isDown
    if (isDown) this.#server.closeAllConnections()
  }

  /** Ends every watch, as a restart of the server does. */
  cut(): void {
    this.#server.closeAllConnections()
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    this.#server.closeAllConnections()
    await promise
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#isDown) return void response.destroy()
    try {
      await this.#serve(request, response)
    } catch (error) {
      if (error instanceof StatusError) reply(response, error.code, error.toJSON(), error.code === 429 ? { 'retry-after': '1' } : {})
      else reply(response, 500, new StatusError(500, 'InternalError', String((error as Error).stack)).toJSON())
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { access, faults, onRequest } = this.#options
    const url = new URL(request.url ?? '/', 'http://simulated')
    const found = discovery(url.pathname)
    const user = access.userOf(request.headers.authorization)
    if (found) return reply(response, 200, found)
    const target = targetOf(request.method ?? 'GET', url)
    if (target === undefined) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource')
    const { resource, verb, name, subresource, namespace } = target
    access.check(user, verb, resource, subresource, name, namespace)
    const type = request.headers['content-type'] ?? 'application/json'
    // A real one takes protobuf and YAML too.
    if (!/json|text\/plain/.test(type)) throw unsupportedMediaType(type)
    const body = await bodyOf(request)
    this.requests.set(`${verb} ${resource.plural}`, (this.requests.get(`${verb} ${resource.plural}`) ?? 0) + 1)
    if (faults.happens('refuse')) throw faults.refusal()
    if (faults.happens('slow')) await new Promise(resolve => setTimeout(resolve, faults.random() * (faults.rates.slowMsMax ?? 50)))
    await onRequest(target, 'before')
    await this.#do(target, body, request, response, faults.happens('loseAnswer'))
  }

  async #do(target: Target, body: unknown, request: IncomingMessage, response: ServerResponse, isLost: boolean): Promise<void> {
    const { store, faults, bookmarkEveryMs, onRequest } = this.#options
    const metadataOnly = isMetadataOnly(request.headers.accept)
    if (target.verb === 'watch') return watch(response, target, { store, faults, bookmarkEveryMs, metadataOnly })
    if (target.subresource === 'log') return this.#log(target, response)
    const warnings: string[] = []
    const answer = this.#result(target, body, request, metadataOnly, warning => warnings.push(`299 - "${warning}"`))
    await onRequest(target, 'after')
    if (isLost || this.#isDown) return void response.destroy()
    reply(response, target.verb === 'create' ? 201 : 200, answer, warnings.length > 0 ? { warning: warnings } : {})
  }

  #result(target: Target, body: unknown, request: IncomingMessage, metadataOnly: boolean, note: (warning: string) => void): object {
    const { store } = this.#options
    switch (target.verb) {
      case 'get': return shown(store.get(target.resource, target.name), metadataOnly)
      case 'list': return list(store, target, metadataOnly)
      case 'create': return create(this.#options, target, body, note)
      case 'update': return update(this.#options, target, body)
      case 'patch': return patch(this.#options, target, body, request.headers['content-type'] ?? '')
      case 'delete': return this.#remove(target, body)
      default: throw new StatusError(405, 'MethodNotAllowed', 'the simulated API server does not do this')
    }
  }

  #remove(target: Target, body: unknown): object {
    const { removed } = remove(this.#options, target, body)
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: { name: removed.metadata.name, kind: target.resource.plural, uid: removed.metadata.uid } }
  }

  #log({ name, query }: Target, response: ServerResponse): void {
    const pod = this.#options.store.get(resources.pods, name)
    const text = logs.get(`${name}/${query.get('container') ?? pod.spec.containers[0].name}`)
    if (text === undefined) throw notFound(resources.pods, name)
    response.writeHead(200, { 'content-type': 'text/plain' }).end(text)
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request) {
    bytes += (part as Buffer).length
    if (bytes > bodyBytesMax) throw tooLarge()
    parts.push(part as Buffer)
  }
  if (bytes === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(parts).toString())
  } catch {
    throw badRequest('the object provided is unrecognized (must be of type JSON)')
  }
}

function reply(response: ServerResponse, code: number, body: object, headers: Record<string, string | string[]> = {}): void {
  if (response.headersSent || response.destroyed) return void response.destroy()
  response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

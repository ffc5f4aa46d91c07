// Serves the source interface over a shelf. Reads only; nothing it is asked changes anything.
import { serve, type ServerType } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import type { AddressInfo } from 'node:net'
import { plainJson } from '../../sinks/plain-json.ts'
import { messageOf, SourceError } from '../../sources/source-error.ts'
import { refusalOf, type Access } from './access.ts'
import { openApiDocument } from './openapi.ts'
import { afterToken, pageOf, tokenAfter } from './paging.ts'
import type { Shelf } from './shelf.ts'

const itemsPath = '/api/v1/items'
const connectionsMax = 1_000
const limitMax = 10_000

export interface SourceServer {
  /** 'http://127.0.0.1:8080' */
  readonly address: string
  close(): Promise<void>
}

/** Rejects where the port cannot be had. */
export async function serveSource(shelf: Shelf, { port, ...access }: Access & { readonly port: number }): Promise<SourceServer> {
  const app = appOf(shelf, access)
  const server = await new Promise<ServerType>((resolve, reject) => {
    const made = serve({ fetch: request => app.fetch(request), port, hostname: access.host }, () => resolve(made))
    made.once('error', reject)
  })
  if ('maxConnections' in server) server.maxConnections = connectionsMax
  const { address, family, port: bound } = server.address() as AddressInfo
  return {
    address: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`,
    close: () => new Promise<void>(resolve => {
      server.close(() => resolve())
      if ('closeAllConnections' in server) server.closeAllConnections()
    }),
  }
}

export function appOf(shelf: Shelf, access: Access): Hono {
  const app = new Hono()
  app.use(async (context, next) => {
    context.header('Cache-Control', 'no-cache')
    context.header('X-Content-Type-Options', 'nosniff')
    const refusal = refusalOf(context.req.raw.headers, access)
    if (refusal?.status === 401) context.header('WWW-Authenticate', 'Bearer')
    if (refusal) return failure(context, refusal.status, refusal.message)
    if (context.req.method === 'GET' || context.req.method === 'HEAD') return next()
    context.header('Allow', 'GET, HEAD')
    return failure(context, 405, `${context.req.method} is not served; items are read only`)
  })
  app.get('/api/v1/openapi.json', context => context.json(openApiDocument))
  app.get(itemsPath, context => list(shelf, context))
  app.get(`${itemsPath}/*`, context => item(shelf, context))
  app.notFound(context => failure(context, 404, `there is nothing here; the list is at ${itemsPath}`))
  app.onError((error, context) => failure(context, error instanceof SourceError ? 503 : 500, messageOf(error)))
  return app
}

async function list(shelf: Shelf, context: Context): Promise<Response> {
  const query = new URL(context.req.url).searchParams
  const limit = query.get('limit')
  if (limit !== null && !isLimit(limit)) return failure(context, 400, `limit is '${limit.slice(0, 100)}', but must be a whole number from 1 to ${limitMax}`)
  const token = query.get('continue')
  const after = token === null ? undefined : afterToken(token)
  if (token !== null && after === undefined) return failure(context, 400, 'continue is not what a list gave as metadata.continue')
  const { version, names } = await shelf.contents()
  context.header('ETag', `"${version}"`)
  if (isCurrent(context.req.header('if-none-match'), version)) return context.body(null, 304)
  if (limit === null && after === undefined) return context.json({ kind: 'ItemList', apiVersion: 'v1', items: names })
  const { items, remaining } = pageOf(names, after, limit === null ? limitMax : Number(limit))
  const more = remaining > 0 ? { continue: tokenAfter(items.at(-1)!), remainingItemCount: remaining } : {}
  return context.json({ kind: 'ItemList', apiVersion: 'v1', metadata: { resourceVersion: version, ...more }, items })
}

async function item(shelf: Shelf, context: Context): Promise<Response> {
  const name = nameIn(context.req.url)
  if (name === undefined) return failure(context, 400, 'the name is not percent-encoded UTF-8')
  const data = await (await shelf.contents()).read(name)
  if (data === undefined) return failure(context, 404, `there is no item '${name.slice(0, 300)}'`)
  return context.body(plainJson({ kind: 'Item', apiVersion: 'v1', data }), 200, { 'Content-Type': 'application/json' })
}

/** Decoded once: a router's own parameter may be decoded twice. */
function nameIn(url: string): string | undefined {
  const path = new URL(url).pathname
  try {
    return decodeURIComponent(path.slice(path.indexOf(itemsPath) + itemsPath.length + 1))
  } catch {
    return undefined
  }
}

function isLimit(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= limitMax
}

function isCurrent(asked: string | undefined, version: string): boolean {
  return asked !== undefined && asked.split(',').some(tag => tag.trim().replace(/^W\//, '') === `"${version}"`)
}

function failure(context: Context, code: 400 | 401 | 403 | 404 | 405 | 500 | 503, message: string): Response {
  return context.json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code }, code)
}

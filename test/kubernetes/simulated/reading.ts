// Get, list by pages, watch with bookmarks; also as metadata alone, where the client accepts that.
import type { ServerResponse } from 'node:http'
import type { Faults } from './faults.ts'
import { apiVersionOf, type StoredObject } from './objects.ts'
import type { Target } from './requests.ts'
import { selection } from './selectors.ts'
import { badRequest, expired, StatusError } from './status-error.ts'
import type { Change, Store } from './store.ts'

const watchSecondsMax = 300

export interface Page {
  readonly after: string
  readonly revision: number
}

export function isMetadataOnly(accept: string | undefined): boolean {
  return /as=PartialObjectMetadata(List)?/.test(accept ?? '')
}

export function shown(object: StoredObject, metadataOnly: boolean): object {
  return metadataOnly ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata } : object
}

export function list(store: Store, { resource, query }: Target, metadataOnly: boolean): object {
  const limit = Number(query.get('limit') ?? 0) || Infinity
  const page = pageOf(query.get('continue'))
  if (page && store.isForgotten(resource, page.revision)) throw expired('The provided continue parameter is too old to display a consistent list result.')
  const isWanted = selection(resource, query.get('labelSelector'), query.get('fieldSelector'))
  const all = store.list(resource).filter(isWanted).toSorted((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1)).filter(({ metadata }) => page === undefined || metadata.name > page.after)
  const items = all.slice(0, limit)
  const revision = page === undefined ? store.revision : String(page.revision)
  const more = all.length > items.length ? { continue: Buffer.from(JSON.stringify({ after: items.at(-1)!.metadata.name, revision: Number(revision) })).toString('base64url'), remainingItemCount: all.length - items.length } : {}
  const kind = metadataOnly ? { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' } : { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource) }
  return { ...kind, metadata: { resourceVersion: revision, ...more }, items: items.map(item => shown(item, metadataOnly)) }
}

function pageOf(token: string | null): Page | undefined {
  if (!token) return undefined
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString()) as Page
  } catch {
    throw badRequest('continue key is not valid')
  }
}

export interface WatchOptions {
  readonly store: Store
  readonly faults: Faults
  readonly bookmarkEveryMs: number
  readonly metadataOnly: boolean
}

/** Ends when the client goes, at its time-out, or by a fault. */
export function watch(response: ServerResponse, { resource, query }: Target, { store, faults, bookmarkEveryMs, metadataOnly }: WatchOptions): void {
  const isWanted = selection(resource, query.get('labelSelector'), query.get('fieldSelector'))
  const from = query.get('resourceVersion') ?? ''
  response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' })
  response.flushHeaders()
  const send = (type: string, object: object): void => void response.write(`${JSON.stringify({ type, object })}\n`)
  const tell = (change: Change): void => {
    const was = change.before !== undefined && isWanted(change.before)
    const is = change.type !== 'DELETED' && isWanted(change.object)
    if (!was && !is) return
    if (faults.happens('breakWatch')) return void response.destroy()
    send(is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED', shown(change.object, metadataOnly))
  }
  try {
    if (from === '' || from === '0') for (const object of store.list(resource)) if (isWanted(object)) send('ADDED', shown(object, metadataOnly))
    const stop = store.follow(resource, from === '' || from === '0' ? store.revision : from, tell)
    const bookmarks = query.get('allowWatchBookmarks') === 'true' ? setInterval(() => send('BOOKMARK', { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata: { resourceVersion: store.revision, creationTimestamp: null } }), bookmarkEveryMs) : undefined
    const timer = setTimeout(() => response.end(), Math.min(Number(query.get('timeoutSeconds') ?? watchSecondsMax), watchSecondsMax) * 1000)
    response.once('close', () => {
      stop()
      clearInterval(bookmarks)
      clearTimeout(timer)
    })
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    // A watch that is too old is refused inside the stream, as a real API server mostly does.
    send('ERROR', error.toJSON())
    response.end()
  }
}

// Follows objects of one kind: a list, then a watch from where the list was, resumed where it broke off. When the server has forgotten that place
// (410), everything is listed anew. Bookmarks keep the place fresh while nothing happens.
import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import type { KubernetesApi, Selection } from './api.ts'
import { KubernetesError } from './kubernetes-error.ts'
import type { Kind, KubernetesObject } from './objects.ts'

const watchSeconds = 290
/** A connection may die without a word. */
const silenceMsMax = 330_000
const lineBytesMax = 4 * 1_048_576

export interface Following<T> {
  readonly kind: Kind
  readonly selection: Selection
  readonly pageSize?: number
  /** It is there, new or changed; may be told again. */
  readonly onObject: (object: T) => void
  readonly onGone: (object: T) => void
  /** A whole list was told by `onObject`: what is not among these names is gone. */
  readonly onListed: (names: ReadonlySet<string>) => void
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: KubernetesObject & { readonly code?: number; readonly reason?: string; readonly message?: string }
}

/** Runs until `signal`; throws only what no waiting would mend, a missing right for one. */
export async function follow<T extends KubernetesObject>(api: KubernetesApi, following: Following<T>, signal: AbortSignal): Promise<void> {
  let version: string | undefined
  for (let attempt = 0; !signal.aborted;) {
    try {
      version ??= await listAll(api, following)
      version = await watchOnce(api, following, version, signal, () => { attempt = 0 })
      // A server that ends every watch at once is not asked without a pause.
      await api.pause(attempt++)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof KubernetesError)) throw error
      if (error.isExpired) version = undefined
      else if (!error.isPassing) throw error
      await api.pause(attempt++)
    }
  }
}

async function listAll<T extends KubernetesObject>(api: KubernetesApi, { kind, selection, pageSize = 50, onObject, onListed }: Following<T>): Promise<string> {
  const names = new Set<string>()
  let version = ''
  for await (const { metadata, items } of api.list<T>(kind, selection, { pageSize })) {
    version = metadata.resourceVersion ?? ''
    for (const item of items) {
      names.add(item.metadata.name)
      onObject(item)
    }
  }
  onListed(names)
  return version
}

/** Gives the place to go on from. */
async function watchOnce<T extends KubernetesObject>(api: KubernetesApi, { kind, selection, onObject, onGone }: Following<T>, from: string, signal: AbortSignal, onLife: () => void): Promise<string> {
  const silence = new AbortController()
  let timer = setTimeout(() => silence.abort(), silenceMsMax)
  let version = from
  try {
    const query = { ...selection, watch: true, resourceVersion: from, allowWatchBookmarks: true, timeoutSeconds: watchSeconds }
    const stream = await api.open({ method: 'GET', path: api.path(kind), query }, AbortSignal.any([signal, silence.signal]))
    for await (const line of linesOf(stream)) {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), silenceMsMax)
      if (line.length > lineBytesMax) throw new KubernetesError(`watch ${kind}`, 0, 'TooLarge', `an event has ${line.length} characters`)
      const event = eventOf(line)
      if (event === undefined) break
      if (event.type === 'ERROR') throw new KubernetesError(`watch ${kind}`, event.object.code ?? 500, event.object.reason ?? 'Unknown', event.object.message ?? '')
      version = event.object.metadata.resourceVersion ?? version
      onLife()
      if (event.type === 'BOOKMARK') continue
      if (event.type === 'DELETED') onGone(event.object as unknown as T)
      else onObject(event.object as unknown as T)
    }
    return version
  } finally {
    clearTimeout(timer)
  }
}

/** Lines until the connection ends, or breaks: a watch goes on from its last event either way. */
async function* linesOf(stream: IncomingMessage): AsyncGenerator<string> {
  try {
    yield* createInterface({ input: stream, crlfDelay: Infinity })
  } catch (error) {
    if (!stream.destroyed) throw error
  }
}

/** Undefined for the torn last line of a broken connection. */
function eventOf(line: string): WatchEvent | undefined {
  try {
    return JSON.parse(line) as WatchEvent
  } catch {
    return undefined
  }
}

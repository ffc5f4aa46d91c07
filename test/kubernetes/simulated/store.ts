// What etcd and the watch cache are to a real API server: objects by resource and name, one revision for all of them, and a bounded history
// of changes for watches. A watch from before the history is answered with 410.
import { randomUUID } from 'node:crypto'
import { alreadyExists, conflict, expired, notFound } from './status-error.ts'
import type { Metadata, Resource, StoredObject } from './objects.ts'

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: StoredObject
  /** What it was before, so that a watch with a selector can tell that it left. */
  readonly before: StoredObject | undefined
  readonly revision: number
}

type Listener = (change: Change) => void

interface Shelf {
  readonly objects: Map<string, StoredObject>
  readonly history: Change[]
  readonly listeners: Set<Listener>
  oldest: number
}

export interface Preconditions {
  readonly uid?: string | undefined
  readonly resourceVersion?: string | undefined
}

export class Store {
  readonly #shelves = new Map<string, Shelf>()
  readonly #historyMax: number
  #revision = 1000

  constructor(historyMax: number) {
    this.#historyMax = historyMax
  }

  get revision(): string {
    return String(this.#revision)
  }

  get(resource: Resource, name: string): StoredObject {
    const object = this.#shelf(resource).objects.get(name)
    if (object === undefined) throw notFound(resource, name)
    return object
  }

  find(resource: Resource, name: string): StoredObject | undefined {
    return this.#shelf(resource).objects.get(name)
  }

  list(resource: Resource): readonly StoredObject[] {
    return [...this.#shelf(resource).objects.values()]
  }

  count(resource: Resource): number {
    return this.#shelf(resource).objects.size
  }

  create(resource: Resource, body: StoredObject): StoredObject {
    const name = body.metadata.name
    if (this.#shelf(resource).objects.has(name)) throw alreadyExists(resource, name)
    const metadata: Metadata = { ...body.metadata, uid: randomUUID(), creationTimestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'), resourceVersion: '' }
    return this.#put(resource, { ...body, metadata }, 'ADDED', undefined)
  }

  /** Stores it if nobody did since the caller read it: `body.metadata.resourceVersion`, where given, has to be the current one. */
  update(resource: Resource, body: StoredObject): StoredObject {
    const current = this.get(resource, body.metadata.name)
    const { resourceVersion, uid } = body.metadata
    if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) throw conflict(resource, body.metadata.name)
    if (uid && uid !== current.metadata.uid) throw conflict(resource, body.metadata.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`)
    const metadata = { ...body.metadata, uid: current.metadata.uid, creationTimestamp: current.metadata.creationTimestamp }
    if (metadata.deletionTimestamp && !metadata.finalizers?.length) return this.#remove(resource, current)
    return this.#put(resource, { ...body, metadata }, 'MODIFIED', current)
  }

  /** With finalizers it is only marked. */
  delete(resource: Resource, name: string, preconditions: Preconditions = {}): StoredObject {
    const current = this.get(resource, name)
    const { uid, resourceVersion, finalizers } = current.metadata
    if (preconditions.uid && preconditions.uid !== uid) throw conflict(resource, name, `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid}`)
    if (preconditions.resourceVersion && preconditions.resourceVersion !== resourceVersion) throw conflict(resource, name, 'Precondition failed: ResourceVersion')
    if (!finalizers?.length) return this.#remove(resource, current)
    if (current.metadata.deletionTimestamp) return current
    return this.#put(resource, { ...current, metadata: { ...current.metadata, deletionTimestamp: new Date().toISOString() } }, 'MODIFIED', current)
  }

  /** Calls back for every change after `revision`, first those of the past. Throws 410 when some of those are forgotten. */
  follow(resource: Resource, revision: string, listener: Listener): () => void {
    const shelf = this.#shelf(resource)
    const from = Number(revision)
    if (from < shelf.oldest) throw expired(`too old resource version: ${revision} (${shelf.oldest})`)
    for (const change of shelf.history) if (change.revision > from) listener(change)
    shelf.listeners.add(listener)
    return () => shelf.listeners.delete(listener)
  }

  on(resource: Resource, listener: Listener): () => void {
    const { listeners } = this.#shelf(resource)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /** As etcd's compaction does: every watch and list from before now is too old. */
  compact(): void {
    for (const shelf of this.#shelves.values()) {
      shelf.history.length = 0
      shelf.oldest = this.#revision
    }
  }

  isForgotten(resource: Resource, revision: number): boolean {
    return revision < this.#shelf(resource).oldest
  }

  #remove(resource: Resource, current: StoredObject): StoredObject {
    this.#shelf(resource).objects.delete(current.metadata.name)
    const gone = { ...current, metadata: { ...current.metadata, resourceVersion: String(++this.#revision) } }
    this.#tell(resource, { type: 'DELETED', object: gone, before: current, revision: this.#revision })
    return gone
  }

  #put(resource: Resource, object: StoredObject, type: Change['type'], before: StoredObject | undefined): StoredObject {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#revision) } }
    this.#shelf(resource).objects.set(stored.metadata.name, stored)
    this.#tell(resource, { type, object: stored, before, revision: this.#revision })
    return stored
  }

  #tell(resource: Resource, change: Change): void {
    const shelf = this.#shelf(resource)
    shelf.history.push(change)
    if (shelf.history.length > this.#historyMax) for (const { revision } of shelf.history.splice(0, this.#historyMax / 2)) shelf.oldest = revision
    for (const listener of shelf.listeners) listener(change)
  }

  #shelf({ plural }: Resource): Shelf {
    const known = this.#shelves.get(plural)
    if (known) return known
    const shelf: Shelf = { objects: new Map(), history: [], listeners: new Set(), oldest: 0 }
    this.#shelves.set(plural, shelf)
    return shelf
  }
}

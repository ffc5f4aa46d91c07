// Removes what nobody wants any more: objects whose owners are all gone (told by uid, so a namesake of the owner does not count), and
// finished Jobs past their ttlSecondsAfterFinished.
import { isFinished } from './job-controller.ts'
import { resources, type Resource, type StoredObject } from './objects.ts'
import type { Store } from './store.ts'

const collected: readonly Resource[] = [resources.jobs, resources.pods, resources.configmaps]
const byKind = new Map(Object.values(resources).map(resource => [resource.kind, resource]))

export class GarbageCollector {
  readonly #store: Store
  readonly #timeScale: number
  readonly #dependents = new Map<string, Set<string>>()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(store: Store, timeScale: number) {
    this.#store = store
    this.#timeScale = timeScale
    for (const resource of collected) {
      store.on(resource, ({ type, object }) => {
        if (type === 'DELETED') queueMicrotask(() => this.#ownerGone(object))
        else this.#keep(resource, object, type === 'ADDED')
      })
    }
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #keep(resource: Resource, object: StoredObject, isNew: boolean): void {
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(uid) ?? new Set()
      this.#dependents.set(uid, dependents.add(`${resource.plural}/${object.metadata.name}`))
    }
    if (isNew && object.metadata.ownerReferences?.length) this.#later(1000 * this.#timeScale, () => this.#collect(resource, object.metadata.name))
    const ttl: number | undefined = resource === resources.jobs && isFinished(object) ? object.spec.ttlSecondsAfterFinished : undefined
    if (ttl !== undefined && ttl !== null) this.#later(ttl * 1000 * this.#timeScale, () => this.#removeIfSame(resource, object))
  }

  #ownerGone({ metadata }: StoredObject): void {
    for (const path of this.#dependents.get(metadata.uid) ?? []) {
      const [plural, name] = path.split('/') as [string, string]
      this.#collect(collected.find(resource => resource.plural === plural)!, name)
    }
    this.#dependents.delete(metadata.uid)
  }

  #collect(resource: Resource, name: string): void {
    const object = this.#store.find(resource, name)
    const owners = object?.metadata.ownerReferences ?? []
    if (object === undefined || owners.length === 0) return
    const isOwned = owners.some(owner => this.#store.find(byKind.get(owner.kind)!, owner.name)?.metadata.uid === owner.uid)
    if (!isOwned) this.#store.delete(resource, name)
  }

  #removeIfSame(resource: Resource, { metadata }: StoredObject): void {
    const current = this.#store.find(resource, metadata.name)
    if (current?.metadata.uid === metadata.uid) this.#store.delete(resource, metadata.name)
  }

  #later(waitMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      work()
    }, waitMs)
    this.#timers.add(timer)
  }
}

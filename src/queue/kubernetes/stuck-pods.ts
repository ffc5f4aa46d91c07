// Pods that cannot start never fail by themselves, and a Job says nothing of them: an image that cannot be had, a node that is not there, a container
// that may not be made. Looked for when nothing moved for a while; pods that may not even be created are told by events of their Job.
import type { KubernetesApi } from './api.ts'
import { selectorOf } from './labels.ts'
import type { ClusterEvent, Pod } from './objects.ts'

const podsLookedAt = 20
const complaintsMax = 100
/** A container that is being made is no complaint. */
const usual = new Set(['ContainerCreating', 'PodInitializing'])

export class StuckPods {
  readonly #api: KubernetesApi
  readonly #queue: string
  readonly #tell: (message: string) => void
  readonly #told = new Set<string>()

  constructor(api: KubernetesApi, queue: string, tell: (message: string) => void) {
    this.#api = api
    this.#queue = queue
    this.#tell = tell
  }

  async look(): Promise<void> {
    const selection = { labelSelector: selectorOf(this.#queue, 'chunk'), fieldSelector: 'status.phase=Pending' }
    for await (const { items } of this.#api.list<Pod>('pods', selection, { pageSize: podsLookedAt })) {
      for (const pod of items) this.#complain(complaintOf(pod), pod.metadata.name)
      return
    }
  }

  heard({ involvedObject, reason, message = '' }: ClusterEvent): void {
    this.#complain(`its pods cannot be created (${reason}): ${message}`, involvedObject.name ?? '')
  }

  /** Each complaint once; the same of a thousand pods is one. */
  #complain(complaint: string | undefined, who: string): void {
    const key = complaint?.replaceAll(/"[^"]*"/g, '')
    if (key === undefined || this.#told.has(key) || this.#told.size >= complaintsMax) return
    this.#told.add(key)
    this.#tell(`${who}: ${complaint}`)
  }
}

function complaintOf({ status = {} }: Pod): string | undefined {
  const unscheduled = status.conditions?.find(({ type, status: holds }) => type === 'PodScheduled' && holds === 'False')
  if (unscheduled) return `no node can take its pod (${unscheduled.reason}): ${unscheduled.message}; lower --cpu or --memory, or add a node`
  const waiting = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(({ state }) => state?.waiting).find(found => found?.reason !== undefined && !usual.has(found.reason))
  if (waiting === undefined) return undefined
  const advice = /Image/.test(waiting.reason!) ? '; check --image and whether the cluster may pull it' : ''
  return `its container cannot start (${waiting.reason}): ${waiting.message ?? ''}${advice}`
}

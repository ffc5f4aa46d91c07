// Claims items for this manager: a ConfigMap for each chunk, which is made before any Job of it.
import type { KubernetesApi } from './api.ts'
import { chunkConfigMap, type ChunkItem } from './chunk-objects.ts'
import { chunksOf } from './chunking.ts'
import { isKubernetes } from './kubernetes-error.ts'
import { chunkName } from './labels.ts'
import type { ManagerLease } from './lease.ts'
import { LiveChunk } from './live-chunk.ts'
import type { ConfigMap } from './objects.ts'
import type { RecordEntry } from './record.ts'
import type { Found } from './start.ts'

export interface ChunkClaimsOptions extends Found {
  readonly api: KubernetesApi
  readonly lease: ManagerLease
  readonly queue: string
  readonly itemsPerJob: number
  readonly itemsPerPod: number
}

export class ChunkClaims {
  readonly #options: ChunkClaimsOptions
  #number = 0

  constructor(options: ChunkClaimsOptions) {
    this.#options = options
  }

  async claim(items: readonly ChunkItem[]): Promise<void> {
    const { queue, itemsPerPod, lease, attempts, known, chunks, tally } = this.#options
    const attemptsBefore = items.map(({ name }) => attempts.get(name) ?? 0)
    for (;;) {
      const name = chunkName(queue, lease.epoch, ++this.#number)
      const metadata = await this.#create(chunkConfigMap(queue, name, items, itemsPerPod, attemptsBefore))
      if (metadata === undefined) continue
      for (const item of items) known.add(item.name)
      chunks.set(name, new LiveChunk(metadata))
      return tally.note()
    }
  }

  /** What the chunk of this entry gave back: items whose attempts another one in their pod had used up. */
  async claimAgain({ names, released }: RecordEntry, documents: readonly string[]): Promise<void> {
    const { attempts, itemsPerJob } = this.#options
    for (const [index, count] of released) attempts.set(names[index]!, count)
    const items = released.map(([index]) => ({ name: names[index]!, document: documents[index]! }))
    for (const part of chunksOf(items, itemsPerJob)) await this.claim(part)
    for (const { name } of items) attempts.delete(name)
  }

  /** Undefined when the name is taken: by an earlier holder of a lease that somebody removed. */
  async #create(map: ConfigMap): Promise<ConfigMap['metadata'] | undefined> {
    const { api, record } = this.#options
    try {
      return (await api.create('configmaps', map)).metadata
    } catch (error) {
      if (!isKubernetes(error, ({ isAlreadyThere }) => isAlreadyThere)) throw error
      const there = await api.get<ConfigMap>('configmaps', map.metadata.name)
      return JSON.stringify(there.data) === JSON.stringify(map.data) && !record.has(map.metadata.name) ? there.metadata : undefined
    }
  }
}

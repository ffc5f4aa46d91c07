// What an earlier manager left: the record, the claims, the Jobs. The one thing to know: a claim without a Job may hold items that another chunk holds
// too, when its manager was taken over from in that very moment. Such a claim was never acted upon, and is dropped.
import type { KubernetesApi } from './api.ts'
import { isKubernetes } from './kubernetes-error.ts'
import type { KnownNames } from './known-names.ts'
import { byAge, selectorOf } from './labels.ts'
import { LiveChunk } from './live-chunk.ts'
import type { ConfigMap, Job } from './objects.ts'
import type { ChunkRecord } from './record.ts'
import type { Tally } from './tally.ts'

export interface Found {
  readonly chunks: Map<string, LiveChunk>
  readonly known: KnownNames
  readonly record: ChunkRecord
  readonly tally: Tally
  readonly attempts: Map<string, number>
}

export async function takeUp(api: KubernetesApi, queue: string, found: Found): Promise<void> {
  await readRecord(found)
  const claims = await listClaims(api, queue, found)
  for await (const jobs of listAgain(() => api.list<Job>('jobs', { labelSelector: selectorOf(queue, 'chunk') }, { pageSize: 50 }))) {
    for (const job of jobs) found.chunks.get(job.metadata.name)?.update(job)
  }
  const ordered = claims.toSorted((left, right) => byAge(left.name, right.name))
  // What has a Job was acted upon; of the rest the youngest, for its manager knew of all that were.
  for (const claim of ordered) if (claim.state !== 'waiting') accept(claim, found)
  for (const claim of ordered) if (claim.state === 'waiting') await judge(api, claim, found)
}

async function readRecord({ record, known, tally, attempts }: Found): Promise<void> {
  for await (const [, entry] of record.read()) {
    const released = new Map(entry.released)
    for (const [index, name] of entry.names.entries()) {
      const count = released.get(index)
      if (count === undefined) known.add(name)
      else attempts.set(name, Math.max(count, attempts.get(name) ?? 0))
    }
    tally.recorded(entry)
  }
}

/** Their metadata alone: the items themselves are not needed. */
async function listClaims(api: KubernetesApi, queue: string, { chunks, record }: Found): Promise<readonly LiveChunk[]> {
  const claims: LiveChunk[] = []
  for await (const maps of listAgain(() => api.list<ConfigMap>('configmaps', { labelSelector: selectorOf(queue, 'chunk') }, { pageSize: 100, isMetadataOnly: true }))) {
    for (const { metadata } of maps) {
      if (chunks.has(metadata.name)) continue
      const chunk = new LiveChunk(metadata)
      chunks.set(chunk.name, chunk)
      claims.push(chunk)
    }
  }
  for (const chunk of claims) if (record.has(chunk.name)) chunk.recorded()
  return claims
}

async function judge(api: KubernetesApi, chunk: LiveChunk, found: Found): Promise<void> {
  if (!chunk.names.some(name => found.known.has(name))) return accept(chunk, found)
  await api.delete('configmaps', chunk.name, chunk.uid)
  found.chunks.delete(chunk.name)
}

function accept({ state, names }: LiveChunk, { known }: Found): void {
  if (state !== 'recorded') for (const name of names) known.add(name)
}

/** From the start when the list changed too much while it was read; what is told twice does no harm. */
async function* listAgain<T>(list: () => AsyncGenerator<{ readonly items: readonly T[] }>): AsyncGenerator<readonly T[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      for await (const { items } of list()) yield items
      return
    } catch (error) {
      if (attempt >= 5 || !isKubernetes(error, ({ isExpired }) => isExpired)) throw error
    }
  }
}

// Keeps chunks as the cluster says they are: Jobs that changed or went, pods that failed, pods that could not even be made.
import type { KubernetesApi } from './api.ts'
import { selectorOf } from './labels.ts'
import type { LiveChunk } from './live-chunk.ts'
import type { ClusterEvent, Job, Pod } from './objects.ts'
import { failureOf } from './pod-failure.ts'
import type { StuckPods } from './stuck-pods.ts'
import { follow } from './watch.ts'

export interface NewsOptions {
  readonly api: KubernetesApi
  readonly queue: string
  readonly chunks: ReadonlyMap<string, LiveChunk>
  readonly stuck: StuckPods
  /** A Job changed, or went before it was recorded. */
  readonly onChange: () => void
  readonly onJobRemoved: (name: string) => void
}

export class ClusterNews {
  readonly #options: NewsOptions

  constructor(options: NewsOptions) {
    this.#options = options
  }

  /** What goes on until the signal; each rejects with what cannot be mended. */
  follow(signal: AbortSignal): readonly Promise<void>[] {
    const { api, queue, chunks, stuck } = this.#options
    const labelSelector = selectorOf(queue, 'chunk')
    return [
      follow<Job>(api, {
        kind: 'jobs', selection: { labelSelector },
        onObject: job => this.#jobSeen(job),
        onGone: ({ metadata }) => this.#jobGone(metadata.name),
        onListed: names => { for (const chunk of chunks.values()) if (chunk.state !== 'waiting' && !names.has(chunk.name)) this.#jobGone(chunk.name) },
      }, signal),
      follow<Pod>(api, {
        kind: 'pods', selection: { labelSelector, fieldSelector: 'status.phase=Failed' },
        onObject: pod => this.#podFailed(pod), onGone: () => {}, onListed: () => {},
      }, signal),
      follow<ClusterEvent>(api, {
        kind: 'events', selection: { fieldSelector: 'involvedObject.kind=Job,reason=FailedCreate' },
        onObject: event => { if (chunks.has(event.involvedObject.name ?? '')) stuck.heard(event) }, onGone: () => {}, onListed: () => {},
      }, signal),
    ]
  }

  /** Pods of this chunk that failed, where the watch has not told of all. */
  async readFailures({ name }: LiveChunk): Promise<void> {
    const pods = this.#options.api.list<Pod>('pods', { labelSelector: `batch.kubernetes.io/job-name=${name}`, fieldSelector: 'status.phase=Failed' })
    for await (const { items } of pods) for (const pod of items) this.#podFailed(pod)
  }

  #jobSeen(job: Job): void {
    const chunk = this.#options.chunks.get(job.metadata.name)
    if (chunk === undefined || !job.metadata.ownerReferences?.some(({ uid }) => uid === chunk.uid)) return
    chunk.update(job)
    this.#options.onChange()
  }

  #jobGone(name: string): void {
    const chunk = this.#options.chunks.get(name)
    if (chunk === undefined || chunk.state === 'recorded') return
    // Somebody removed it, and with it what was done: its items run again.
    this.#options.onJobRemoved(name)
    chunk.reset()
    this.#options.onChange()
  }

  #podFailed(pod: Pod): void {
    const name = pod.metadata.ownerReferences?.find(({ kind }) => kind === 'Job')?.name
    const failure = failureOf(pod)
    const chunk = name === undefined ? undefined : this.#options.chunks.get(name)
    if (chunk === undefined || failure === undefined || failure.index >= chunk.pods) return
    const earlier = chunk.podFailures.get(failure.index)
    if (earlier === undefined || earlier.attempts <= failure.attempts) chunk.podFailures.set(failure.index, failure)
  }
}

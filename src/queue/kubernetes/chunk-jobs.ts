// The Jobs of chunks: begun, given more places, paused. The one thing to know: before a Job is made it is asked whether this manager still holds the lease.
import type { KubernetesApi } from './api.ts'
import { chunkJob, type JobOptions } from './chunk-objects.ts'
import { isKubernetes, KubernetesError } from './kubernetes-error.ts'
import type { ManagerLease } from './lease.ts'
import type { LiveChunk } from './live-chunk.ts'
import type { Job } from './objects.ts'

export interface ChunkJobsOptions {
  readonly api: KubernetesApi
  readonly lease: ManagerLease
  readonly job: JobOptions
  readonly ttlSeconds: number | undefined
  /** No further Job may be made for now; to be tried again after a while. */
  readonly onQuota: (error: KubernetesError) => void
}

export class ChunkJobs {
  readonly #options: ChunkJobsOptions

  constructor(options: ChunkJobsOptions) {
    this.#options = options
  }

  /** Gives the places it took. */
  async start(chunk: LiveChunk, places: number): Promise<number> {
    const { api, lease, job, onQuota } = this.#options
    if (!(await lease.isMine())) throw new KubernetesError(`queue '${job.queue}'`, 409, 'TakenOver', 'another manager took over; this one stops')
    const parallelism = Math.min(places, chunk.pods)
    try {
      chunk.update(await api.create<Job>('jobs', chunkJob({ ...job, itemsPerPod: chunk.itemsPerPod }, chunk.name, chunk.uid, chunk.pods, parallelism)))
    } catch (error) {
      if (isKubernetes(error, ({ isAlreadyThere }) => isAlreadyThere)) chunk.update(await api.get<Job>('jobs', chunk.name))
      else if (isKubernetes(error, ({ status, message }) => status === 403 && message.includes('exceeded quota'))) onQuota(error as KubernetesError)
      else throw error
    }
    return parallelism
  }

  async raise(chunk: LiveChunk, parallelism: number): Promise<void> {
    await this.#patch(chunk, { parallelism })
    chunk.parallelism = parallelism
  }

  async suspend(chunk: LiveChunk, suspend: boolean): Promise<void> {
    await this.#patch(chunk, { suspend })
    chunk.isSuspended = suspend
  }

  /** Of a recorded chunk. Not before: a Job that is gone and not recorded runs again. */
  async expire(chunk: LiveChunk): Promise<void> {
    const { ttlSeconds: ttlSecondsAfterFinished } = this.#options
    if (ttlSecondsAfterFinished !== undefined) await this.#patch(chunk, { ttlSecondsAfterFinished })
  }

  async #patch(chunk: LiveChunk, spec: object): Promise<void> {
    try {
      await this.#options.api.patch('jobs', chunk.name, { spec })
    } catch (error) {
      // The watch will tell that it is gone.
      if (!isKubernetes(error, ({ isNotFound }) => isNotFound)) throw error
    }
  }
}

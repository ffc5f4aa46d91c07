// What a user says of a queue on Kubernetes, and what of it is refused before a cluster is asked.
import { OptionError } from '../../model/errors.ts'
import { itemsPerJobMax } from './chunking.ts'
import { checkQueueName } from './labels.ts'
import { checkWorkerPod } from './worker-pod.ts'

export interface KubernetesQueueOptions {
  /** Of the queue: labels and names of objects derive from it. At most 30 lower case letters, digits and '-'. */
  readonly name: string
  readonly image: string
  /** Commands in order, each run by `sh -c` and seeing what the one before left. Empty: the image's own entrypoint. */
  readonly workers: readonly { readonly command: string; readonly image?: string | undefined }[]
  /** Default: that of the context of KUBECONFIG, or of the pod this runs in. */
  readonly namespace?: string | undefined
  /** Pods at work at the same time. */
  readonly parallelism: number
  /** Per item, the first included; at least 1. An evicted pod is not one. */
  readonly attempts: number
  /** Milliseconds for one attempt, from when its node has it; rounded up to seconds. Default: no limit. */
  readonly timeoutMs?: number | undefined
  readonly memoryBytes?: number | undefined
  /** CPUs, fractions allowed. */
  readonly cpu?: number | undefined
  readonly environment: Readonly<Record<string, string>>
  /** 1 to 5,000, default 1,000. 1: a Job for each item. */
  readonly itemsPerJob?: number | undefined
  /** 1 to 100, default 1. Several run in their pod one after another, and are told apart by their exit codes. */
  readonly itemsPerPod?: number | undefined
  /** Seconds after which the cluster removes a Job that ended and is recorded, whether a manager is there or not. Default: the manager does, when newer ones have ended. */
  readonly ttlSeconds?: number | undefined
  /** Milliseconds without progress after which pods that cannot start are looked for and told; default 30,000. */
  readonly lookAfterMs?: number | undefined
  /** Seconds without a renewal after which another manager may take over. 1 to 3,600, default 30. */
  readonly leaseSeconds?: number | undefined
}

const itemsPerPodMax = 100
/** A year. */
const ttlSecondsMax = 31_536_000

/** Throws OptionError for a setting out of range. */
export function checkKubernetesOptions(options: KubernetesQueueOptions): void {
  checkQueueName(options.name)
  checkRange('itemsPerJob', options.itemsPerJob, itemsPerJobMax)
  checkRange('itemsPerPod', options.itemsPerPod, itemsPerPodMax)
  checkRange('attempts', options.attempts, 1_000)
  checkRange('leaseSeconds', options.leaseSeconds, 3_600)
  checkRange('ttlSeconds', options.ttlSeconds, ttlSecondsMax)
  if (options.image === '') throw new OptionError('image', options.image, 'the name of an image with the worker in it')
  checkWorkerPod({ ...options, itemsPerPod: options.itemsPerPod ?? 1 })
}

function checkRange(name: string, value: number | undefined, max: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= max)) throw new OptionError(name, value, `a whole number from 1 to ${max}`)
}

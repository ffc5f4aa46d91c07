// A chunk whose ConfigMap is there: what its names are, and how far its Job is.
import { parseIndexes } from './indexes.ts'
import { attemptsAnnotation, itemsPerPodAnnotation, namesAnnotation } from './labels.ts'
import type { Job, Metadata } from './objects.ts'
import type { PodFailure } from './pod-failure.ts'
import { unpack, unpackNames } from './packing.ts'

/** `waiting` has no Job yet; `over` has a Job that ended; `recorded` is kept for people to look at. */
export type ChunkState = 'waiting' | 'running' | 'over' | 'recorded'

const none: ReadonlySet<number> = new Set()

export class LiveChunk {
  readonly name: string
  readonly uid: string
  names: readonly string[]
  readonly itemsPerPod: number
  readonly pods: number
  readonly attemptsBefore: readonly number[]
  readonly podFailures = new Map<number, PodFailure>()
  state: ChunkState = 'waiting'
  parallelism = 0
  isSuspended = false
  completed: ReadonlySet<number> = none
  failed: ReadonlySet<number> = none
  active = 0
  /** Pods that failed, those that are retried too. */
  failedPods = 0

  constructor({ name, uid, annotations = {} }: Metadata) {
    this.name = name
    this.uid = uid!
    this.names = unpackNames(annotations[namesAnnotation]!)
    this.itemsPerPod = Number(annotations[itemsPerPodAnnotation] ?? 1)
    this.pods = Math.ceil(this.names.length / this.itemsPerPod)
    this.attemptsBefore = annotations[attemptsAnnotation] === undefined ? [] : unpack(annotations[attemptsAnnotation]) as readonly number[]
  }

  get podsLeft(): number {
    return this.pods - this.completed.size - this.failed.size
  }

  get doneItems(): number {
    return this.#itemsOf(this.completed)
  }

  /** Given up on. Of several in a pod it is known only when the chunk is recorded. */
  get failedItems(): number {
    return this.itemsPerPod === 1 ? this.failed.size : 0
  }

  update({ spec, status = {} }: Job): void {
    if (this.state === 'recorded') return
    this.parallelism = spec.parallelism ?? 1
    this.isSuspended = spec.suspend === true
    this.completed = parseIndexes(status.completedIndexes, this.pods)
    this.failed = parseIndexes(status.failedIndexes, this.pods)
    this.active = status.active ?? 0
    this.failedPods = status.failed ?? 0
    if (this.state === 'waiting') this.state = 'running'
    // SuccessCriteriaMet and FailureTarget come earlier, with pods still there.
    if (this.state === 'running' && status.conditions?.some(({ type, status: holds }) => (type === 'Complete' || type === 'Failed') && holds === 'True')) this.state = 'over'
    if (this.state !== 'running') this.active = 0
  }

  /** What it held is in the record now. */
  recorded(): void {
    this.state = 'recorded'
    this.names = []
    this.completed = none
    this.failed = none
    this.podFailures.clear()
  }

  /** Its Job was removed by somebody. */
  reset(): void {
    this.state = 'waiting'
    this.completed = none
    this.failed = none
    this.active = 0
    this.failedPods = 0
    this.podFailures.clear()
  }

  #itemsOf(pods: ReadonlySet<number>): number {
    const last = this.pods - 1
    return pods.size * this.itemsPerPod - (pods.has(last) ? this.pods * this.itemsPerPod - this.names.length : 0)
  }
}

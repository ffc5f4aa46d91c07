// The Job controller: makes pods for indexes, counts how they ended, and tells it in the status, a while later. Every time is a real
// cluster's, times `timeScale`. It also refuses what quota and pod security refuse: as an event only, as a real one does.
import { randomUUID } from 'node:crypto'
import { resources, type StoredObject } from './objects.ts'
import { restrictedViolations } from './pod-validation.ts'
import type { Store } from './store.ts'

// oxlint-disable-next-line typescript/no-explicit-any
type Open = any

export interface ControllerOptions {
  readonly store: Store
  readonly namespace: string
  readonly timeScale: number
  /** Whether the namespace enforces the restricted pod security standard. */
  readonly isRestricted: boolean
  /** Whether this index gets a second pod, as happens rarely. */
  readonly isDoubled: () => boolean
}

const statusDelayMs = 1000
const backoffMs = 10_000
const backoffMsMax = 360_000
const refusalRetryMs = 10_000

interface Tracking {
  readonly uid: string
  /** By index: nothing yet, done, failed for good. */
  readonly ends: Uint8Array
  readonly failures: Uint8Array
  readonly notBefore: Map<number, number>
  readonly active: Map<string, number>
  readonly activeIndexes: Map<number, number>
  succeeded: number
  failed: number
  statusTimer: NodeJS.Timeout | undefined
  backoffTimer: NodeJS.Timeout | undefined
  finishing: { readonly type: 'Complete' | 'Failed'; readonly reason: string; readonly message: string } | undefined
}

export class JobController {
  readonly #options: ControllerOptions
  readonly #tracked = new Map<string, Tracking>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #isStopped = false

  constructor(options: ControllerOptions) {
    this.#options = options
    options.store.on(resources.jobs, ({ type, object }) => queueMicrotask(() => (type === 'DELETED' ? this.#forget(object) : this.#sync(object.metadata.name))))
    options.store.on(resources.pods, ({ type, object, before }) => queueMicrotask(() => this.#podChanged(type, object, before)))
  }

  stop(): void {
    this.#isStopped = true
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #forget({ metadata }: StoredObject): void {
    const tracking = this.#tracked.get(metadata.name)
    if (tracking?.uid === metadata.uid) this.#tracked.delete(metadata.name)
  }

  #trackingOf(job: StoredObject): Tracking {
    const known = this.#tracked.get(job.metadata.name)
    if (known?.uid === job.metadata.uid) return known
    const completions: number = job.spec.completions ?? 1
    const tracking: Tracking = {
      uid: job.metadata.uid, ends: new Uint8Array(completions), failures: new Uint8Array(completions), notBefore: new Map(), active: new Map(), activeIndexes: new Map(),
      succeeded: 0, failed: 0, statusTimer: undefined, backoffTimer: undefined, finishing: undefined,
    }
    this.#tracked.set(job.metadata.name, tracking)
    return tracking
  }

  #sync(name: string): void {
    const job = this.#options.store.find(resources.jobs, name)
    if (this.#isStopped || job === undefined || job.metadata.deletionTimestamp || isFinished(job) || job.spec.managedBy) return
    const tracking = this.#trackingOf(job)
    if (job.spec.suspend) return this.#suspend(job, tracking)
    if (!job['status'].startTime) this.#noteSoon(job.metadata.name, tracking)
    if (tracking.finishing === undefined) this.#decide(job, tracking)
    if (tracking.finishing !== undefined) this.#endPods(tracking, tracking.active.size)
    else if (tracking.active.size > job.spec.parallelism) this.#endPods(tracking, tracking.active.size - job.spec.parallelism)
    else this.#startPods(job, tracking)
  }

  #suspend({ metadata }: StoredObject, tracking: Tracking): void {
    this.#endPods(tracking, tracking.active.size)
    this.#noteSoon(metadata.name, tracking)
  }

  #decide(job: StoredObject, tracking: Tracking): void {
    const { backoffLimit, backoffLimitPerIndex, maxFailedIndexes, activeDeadlineSeconds, successPolicy } = job.spec
    const failedIndexes = countOf(tracking.ends, 2)
    const finish = (type: 'Complete' | 'Failed', reason: string, message: string): void => {
      tracking.finishing = { type, reason, message }
      this.#noteSoon(job.metadata.name, tracking)
    }
    const met = successPolicy?.rules.findIndex(({ succeededCount }: Open) => countOf(tracking.ends, 1) >= succeededCount) ?? -1
    if (met >= 0) return finish('Complete', 'SuccessPolicy', `Matched rules at index ${met}`)
    if (maxFailedIndexes !== undefined && failedIndexes > maxFailedIndexes) return finish('Failed', 'MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes')
    if (backoffLimitPerIndex === undefined && tracking.failed > backoffLimit) return finish('Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')
    const { startTime } = job['status']
    if (activeDeadlineSeconds !== undefined && startTime && Date.now() - Date.parse(startTime) > activeDeadlineSeconds * 1000 * this.#options.timeScale) return finish('Failed', 'DeadlineExceeded', 'Job was active longer than specified deadline')
    if (countOf(tracking.ends, 1) + failedIndexes < tracking.ends.length) return
    if (failedIndexes > 0) finish('Failed', 'FailedIndexes', 'Job has failed indexes')
    else finish('Complete', 'CompletionsReached', 'Reached expected number of succeeded pods')
  }

  #startPods(job: StoredObject, tracking: Tracking): void {
    const { ends, activeIndexes, notBefore } = tracking
    const now = Date.now()
    let room = job.spec.parallelism - tracking.active.size
    let soonest = Infinity
    for (let index = 0; index < ends.length && room > 0; index++) {
      if (ends[index] !== 0 || activeIndexes.has(index)) continue
      const due = notBefore.get(index) ?? 0
      if (due > now) {
        soonest = Math.min(soonest, due)
        continue
      }
      if (!this.#startPod(job, tracking, index)) return
      if (this.#options.isDoubled()) this.#startPod(job, tracking, index)
      room--
    }
    if (soonest < Infinity) this.#syncAfter(job.metadata.name, tracking, soonest - now)
  }

  #startPod(job: StoredObject, tracking: Tracking, index: number): boolean {
    const { template } = job.spec
    const violations = this.#options.isRestricted ? restrictedViolations(template.spec) : []
    if (violations.length > 0) {
      this.#tell(job, 'FailedCreate', `Error creating: pods "${job.metadata.name}-${index}-" is forbidden: violates PodSecurity "restricted:latest": ${violations.join(', ')}`)
      this.#syncAfter(job.metadata.name, tracking, refusalRetryMs * this.#options.timeScale)
      return false
    }
    const pod = podOf(job, index)
    tracking.active.set(pod.metadata.name, index)
    tracking.activeIndexes.set(index, (tracking.activeIndexes.get(index) ?? 0) + 1)
    this.#options.store.create(resources.pods, pod)
    this.#noteSoon(job.metadata.name, tracking)
    return true
  }

  #endPods(tracking: Tracking, count: number): void {
    for (const name of [...tracking.active.keys()].slice(-count)) if (this.#options.store.find(resources.pods, name)) this.#options.store.delete(resources.pods, name)
  }

  #podChanged(type: string, pod: StoredObject, before: StoredObject | undefined): void {
    const owner = pod.metadata.ownerReferences?.find(({ kind }) => kind === 'Job')
    const tracking = owner && this.#tracked.get(owner.name)
    if (tracking === undefined || tracking.uid !== owner!.uid) return
    const index = tracking.active.get(pod.metadata.name)
    const { phase } = pod['status']
    if (index === undefined || (type !== 'DELETED' && phase !== 'Succeeded' && phase !== 'Failed')) return
    tracking.active.delete(pod.metadata.name)
    const left = tracking.activeIndexes.get(index)! - 1
    if (left === 0) tracking.activeIndexes.delete(index)
    else tracking.activeIndexes.set(index, left)
    const job = this.#options.store.find(resources.jobs, owner!.name)
    if (job !== undefined && !(type === 'DELETED' && before?.['status'].phase === 'Running' && isStoppedByController(job, tracking))) this.#count(job, tracking, index, pod, type)
    if (job !== undefined) {
      this.#noteSoon(owner!.name, tracking)
      this.#sync(owner!.name)
    }
  }

  #count(job: StoredObject, tracking: Tracking, index: number, pod: StoredObject, type: string): void {
    if (tracking.ends[index] !== 0) return
    if (pod['status'].phase === 'Succeeded') {
      tracking.ends[index] = 1
      tracking.succeeded++
      return
    }
    const action = type === 'DELETED' && pod['status'].phase !== 'Failed' ? 'Count' : actionFor(job.spec.podFailurePolicy, pod)
    if (action === 'Ignore') return
    tracking.failed++
    if (action === 'FailJob') tracking.finishing = { type: 'Failed', reason: 'PodFailurePolicy', message: `Pod ${pod.metadata.name} failed` }
    const failures = ++tracking.failures[index]!
    const { backoffLimitPerIndex } = job.spec
    if (action === 'FailIndex' || (backoffLimitPerIndex !== undefined && failures > backoffLimitPerIndex)) tracking.ends[index] = 2
    else tracking.notBefore.set(index, Date.now() + Math.min(backoffMsMax, backoffMs * 2 ** (failures - 1)) * this.#options.timeScale)
  }

  #syncAfter(name: string, tracking: Tracking, waitMs: number): void {
    if (tracking.backoffTimer) return
    tracking.backoffTimer = this.#later(waitMs + 1, () => {
      tracking.backoffTimer = undefined
      this.#sync(name)
    })
  }

  #noteSoon(name: string, tracking: Tracking): void {
    tracking.statusTimer ??= this.#later(statusDelayMs * this.#options.timeScale, () => {
      tracking.statusTimer = undefined
      this.#note(name, tracking)
    })
  }

  #note(name: string, tracking: Tracking): void {
    const job = this.#options.store.find(resources.jobs, name)
    if (job === undefined || job.metadata.uid !== tracking.uid || isFinished(job)) return
    const before = job['status']
    const suspended = job.spec.suspend === true
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
    const conditions: Open[] = (before.conditions ?? []).filter(({ type }: Open) => type !== 'Suspended')
    if (suspended || before.conditions?.some(({ type }: Open) => type === 'Suspended')) conditions.push({ type: 'Suspended', status: suspended ? 'True' : 'False', reason: suspended ? 'JobSuspended' : 'JobResumed', lastTransitionTime: now, lastProbeTime: now })
    const { finishing } = tracking
    const isAnnounced = conditions.some(({ type }) => type === 'SuccessCriteriaMet' || type === 'FailureTarget')
    if (finishing) conditions.push(...this.#finishingConditions(finishing, isAnnounced, tracking, now))
    const status: Open = {
      ...(before.startTime && !suspended ? { startTime: before.startTime } : suspended ? {} : { startTime: now }),
      active: tracking.active.size, ready: tracking.active.size, terminating: 0, succeeded: tracking.succeeded, failed: tracking.failed, uncountedTerminatedPods: {},
      ...(job.spec.completionMode === 'Indexed' && { completedIndexes: intervalsOf(tracking.ends, 1) }),
      ...(job.spec.backoffLimitPerIndex !== undefined && { failedIndexes: intervalsOf(tracking.ends, 2) }),
      ...(conditions.length > 0 && { conditions }),
      ...(conditions.some(({ type }) => type === 'Complete') && { completionTime: now }),
    }
    this.#options.store.update(resources.jobs, { ...job, status })
    if (finishing && !isFinished({ ...job, status })) this.#noteSoon(name, tracking)
  }

  #finishingConditions(finishing: NonNullable<Tracking['finishing']>, isAnnounced: boolean, tracking: Tracking, now: string): Open[] {
    const { type, reason, message } = finishing
    const condition = (name: string): Open => ({ type: name, status: 'True', reason, message, lastProbeTime: now, lastTransitionTime: now })
    if (!isAnnounced) return [condition(type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget')]
    return tracking.active.size === 0 ? [condition(type)] : []
  }

  #tell(job: StoredObject, reason: string, message: string): void {
    const { store, namespace } = this.#options
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
    const name = `${job.metadata.name}.${randomUUID().slice(0, 13).replaceAll('-', '')}`
    store.create(resources.events, {
      apiVersion: 'v1', kind: 'Event', metadata: { name, namespace } as StoredObject['metadata'], type: 'Warning', reason, message, count: 1, firstTimestamp: now, lastTimestamp: now,
      involvedObject: { apiVersion: 'batch/v1', kind: 'Job', name: job.metadata.name, namespace, uid: job.metadata.uid }, source: { component: 'job-controller' },
    })
  }

  #later(waitMs: number, work: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (!this.#isStopped) work()
    }, waitMs)
    this.#timers.add(timer)
    return timer
  }
}

function podOf(job: StoredObject, index: number): StoredObject {
  const { template } = job.spec
  const annotations = { 'batch.kubernetes.io/job-completion-index': String(index), ...(job.spec.backoffLimitPerIndex !== undefined && { 'batch.kubernetes.io/job-index-failure-count': '0' }) }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${job.metadata.name}-${index}-${randomUUID().slice(0, 5)}`, namespace: job.metadata.namespace,
      labels: { ...template.metadata?.labels, 'batch.kubernetes.io/job-completion-index': String(index) },
      annotations: { ...template.metadata?.annotations, ...annotations },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: job.metadata.name, uid: job.metadata.uid, controller: true, blockOwnerDeletion: true }],
    } as unknown as StoredObject['metadata'],
    spec: { ...template.spec, hostname: `${job.metadata.name}-${index}` },
    status: { phase: 'Pending' },
  }
}

/** The first rule that fits decides. */
function actionFor(policy: Open, pod: StoredObject): string {
  const { conditions = [], containerStatuses = [], initContainerStatuses = [] } = pod['status']
  for (const { action, onExitCodes, onPodConditions } of policy?.rules ?? []) {
    if (onPodConditions?.some((pattern: Open) => conditions.some((condition: Open) => condition.type === pattern.type && condition.status === (pattern.status ?? 'True')))) return action
    if (!onExitCodes) continue
    const { operator, values, containerName } = onExitCodes
    const codes = [...containerStatuses, ...initContainerStatuses].filter(({ name }: Open) => containerName === undefined || name === containerName).map(({ state }: Open) => state?.terminated?.exitCode).filter((code: Open) => code !== undefined && code !== 0)
    if (codes.some((code: number) => (operator === 'In') === values.includes(code))) return action
  }
  return 'Count'
}

function isStoppedByController(job: StoredObject, tracking: Tracking): boolean {
  return job.spec.suspend === true || tracking.finishing !== undefined || tracking.active.size >= job.spec.parallelism
}

export function isFinished(job: StoredObject): boolean {
  return (job['status']?.conditions ?? []).some(({ type, status }: Open) => (type === 'Complete' || type === 'Failed') && status === 'True')
}

function countOf(ends: Uint8Array, wanted: number): number {
  let count = 0
  for (const end of ends) if (end === wanted) count++
  return count
}

/** '0,3-5': two neighbours stand apart in a real status ('0,1'), three are an interval. */
export function intervalsOf(ends: Uint8Array, wanted: number): string {
  const parts: string[] = []
  for (let from = 0; from < ends.length; from++) {
    if (ends[from] !== wanted) continue
    let to = from
    while (ends[to + 1] === wanted) to++
    parts.push(to === from ? String(from) : to === from + 1 ? `${from},${to}` : `${from}-${to}`)
    from = to
  }
  return parts.join(',')
}

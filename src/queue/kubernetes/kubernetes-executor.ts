// Runs the items of a work queue as pods of a cluster. The one thing to know: the cluster's objects are the only record. A chunk of items is claimed
// by a ConfigMap, run by an Indexed Job, and when that is over noted in a compact record; this process may be killed between any two requests.
import { OptionError } from '../../model/errors.ts'
import type { ItemName, ListedItem } from '../item-source.ts'
import type { QueueCounts, QueueExecutor, QueueFailure, QueueHost } from '../queue-executor.ts'
import { allot } from './allotment.ts'
import { KubernetesApi } from './api.ts'
import { chunkConfigMap, chunkJob, documentsOf, type ChunkItem, type JobOptions } from './chunk-objects.ts'
import { chunksOf, itemsPerJobMax } from './chunking.ts'
import { outcomeOf } from './chunk-outcome.ts'
import { connect, type Connection } from './connection.ts'
import { documentsOfItems } from './item-documents.ts'
import { isKubernetes, KubernetesError } from './kubernetes-error.ts'
import { KnownNames } from './known-names.ts'
import { checkQueueName, chunkName, labelsOf, selectorOf } from './labels.ts'
import { ManagerLease } from './lease.ts'
import { LiveChunk } from './live-chunk.ts'
import type { ClusterEvent, ConfigMap, Job, Pod } from './objects.ts'
import { failureOf } from './pod-failure.ts'
import { ChunkRecord, type RecordEntry } from './record.ts'
import { takeUp } from './start.ts'
import { StuckPods } from './stuck-pods.ts'
import { Tally } from './tally.ts'
import { follow } from './watch.ts'
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
  /** Milliseconds without progress after which pods that cannot start are looked for and told; default 30,000. */
  readonly lookAfterMs?: number | undefined
  /** Seconds without a renewal after which another manager may take over. 1 to 3,600, default 30. */
  readonly leaseSeconds?: number | undefined
}

const itemsPerJobDefault = 1_000
const itemsPerPodMax = 100
const waitingChunksMax = 2
/** Of recorded chunks, whose Jobs and pods users may want to look at. A cluster removes ended pods by itself above 12,500. */
const keptPodsMax = 5_000
const keptChunksMax = 20
const lookAfterMsDefault = 30_000
const reportMsMax = 120_000
const quotaRetryMs = 10_000

/**
 * An executor of work queues that runs items as pods of Indexed Jobs. Needs the package @kubernetes/client-node and the rights that `batchwork queue
 * manifests` prints. Throws OptionError for a setting out of range, MISSING_PACKAGE or KUBERNETES_CONFIG where there is no way to a cluster.
 */
export async function kubernetesExecutor(options: KubernetesQueueOptions): Promise<QueueExecutor> {
  checkQueueName(options.name)
  checkRange('itemsPerJob', options.itemsPerJob, itemsPerJobMax)
  checkRange('itemsPerPod', options.itemsPerPod, itemsPerPodMax)
  checkRange('attempts', options.attempts, 1_000)
  checkRange('leaseSeconds', options.leaseSeconds, 3_600)
  if (options.image === '') throw new OptionError('image', options.image, 'the name of an image with the worker in it')
  checkWorkerPod({ ...options, itemsPerPod: options.itemsPerPod ?? 1 })
  return new KubernetesExecutor(options, await connect(options.namespace))
}

function checkRange(name: string, value: number | undefined, max: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= max)) throw new OptionError(name, value, `a whole number from 1 to ${max}`)
}

class KubernetesExecutor implements QueueExecutor {
  readonly #options: KubernetesQueueOptions
  readonly #jobOptions: JobOptions
  readonly #connection: Connection
  readonly #stopping = new AbortController()
  readonly #api: KubernetesApi
  readonly #lease: ManagerLease
  readonly #record: ChunkRecord
  readonly #stuck: StuckPods
  readonly #chunks = new Map<string, LiveChunk>()
  readonly #known = new KnownNames()
  readonly #attempts = new Map<string, number>()
  readonly #tally = new Tally(this.#chunks, () => performance.now())
  readonly #work = new Set<Promise<void>>()
  #host: QueueHost | undefined
  #number = 0
  #parallelism: number
  #isPaused = false
  #settling: Promise<void> | undefined
  #isSettlingAgain = false
  #room = Promise.withResolvers<void>()
  #roundOver = Promise.withResolvers<void>()
  #look: NodeJS.Timeout | undefined

  constructor(options: KubernetesQueueOptions, connection: Connection) {
    const { name, leaseSeconds = 30, itemsPerPod = 1 } = options
    this.#options = options
    this.#connection = connection
    this.#parallelism = options.parallelism
    this.#jobOptions = { ...options, queue: name, itemsPerPod }
    this.#api = new KubernetesApi(connection, this.#stopping.signal, error => (error ? this.#say('warn', `${error.message}; trying again`) : this.#say('info', 'the API server answers again')))
    this.#lease = new ManagerLease(this.#api, { name, labels: labelsOf(name, 'manager'), durationSeconds: leaseSeconds, onWaiting: holder => this.#say('info', `another manager of queue '${name}' is at work (${holder}); waiting until it is gone`) })
    this.#record = new ChunkRecord(this.#api, name)
    this.#stuck = new StuckPods(this.#api, name, message => this.#say('warn', message))
  }

  get counts(): QueueCounts {
    return this.#tally.counts
  }

  async start(host: QueueHost): Promise<void> {
    this.#host = host
    await this.#lease.acquire(this.#stopping.signal)
    await takeUp(this.#api, this.#options.name, { chunks: this.#chunks, known: this.#known, record: this.#record, tally: this.#tally, attempts: this.#attempts })
    this.#tally.note()
    this.#watch()
    const lookAfterMs = this.#options.lookAfterMs ?? lookAfterMsDefault
    this.#look = setInterval(() => this.#lookForStuckPods(lookAfterMs), lookAfterMs)
    this.#settle()
  }

  known(names: readonly ItemName[]): Promise<ReadonlySet<ItemName>> {
    return Promise.resolve(new Set(names.filter(name => this.#known.has(name))))
  }

  async take(items: readonly ListedItem[]): Promise<void> {
    const { signal } = this.#stopping
    const wanted = new Map(items.filter(({ name }) => !this.#known.has(name)).map(item => [item.name, item]))
    const documents = await documentsOfItems([...wanted.values()], this.#host!.source, signal, (name, error) => this.#say('warn', error.message, name))
    for (const chunk of chunksOf(documents, this.#options.itemsPerJob ?? itemsPerJobDefault)) {
      await this.#untilRoom()
      await this.#claim(chunk)
      this.#settle()
    }
  }

  setParallelism(parallelism: number): void {
    this.#parallelism = parallelism
    this.#settle()
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused
    this.#settle()
  }

  async *failures(): AsyncIterable<QueueFailure> {
    // Asked for after `close` too.
    const api = new KubernetesApi(this.#connection, AbortSignal.timeout(reportMsMax), () => {})
    for await (const [, { names, failed }] of new ChunkRecord(api, this.#options.name).read()) {
      for (const { index, reason, message, attempts } of failed) yield { name: names[index]!, reason, message, attempts }
    }
    for (const chunk of this.#chunks.values()) {
      if (chunk.state === 'recorded' || chunk.itemsPerPod > 1) continue
      for (const { index, reason, message, attempts } of outcomeOf(chunk, this.#options.attempts).failed) yield { name: chunk.names[index]!, reason, message, attempts }
    }
  }

  /** Pods go on; the next manager takes them up. */
  async close(graceMs: number): Promise<void> {
    clearInterval(this.#look)
    this.#lease.stop()
    if (this.#host !== undefined && !this.#stopping.signal.aborted) await Promise.race([this.#leave(), new Promise(resolve => setTimeout(resolve, graceMs).unref())])
    this.#stopping.abort()
    this.#room.resolve()
    this.#roundOver.resolve()
    await Promise.allSettled([...this.#work, this.#settling])
  }

  async #leave(): Promise<void> {
    try {
      await this.#untilRecorded()
      await this.#lease.release()
    } catch (error) {
      this.#say('warn', `the lease could not be given back, so the next manager waits for it to run out: ${(error as Error).message}`)
    }
  }

  /** What is done but not yet recorded is told by the cluster in a moment. */
  async #untilRecorded(): Promise<void> {
    while (this.#settling !== undefined || [...this.#chunks.values()].some(({ state, podsLeft }) => state === 'over' || (state === 'running' && podsLeft === 0))) {
      if (this.#stopping.signal.aborted) return
      await this.#roundOver.promise
    }
  }

  #watch(): void {
    const { name } = this.#options
    const labelSelector = selectorOf(name, 'chunk')
    const { signal } = this.#stopping
    this.#keep(follow<Job>(this.#api, {
      kind: 'jobs', selection: { labelSelector },
      onObject: job => this.#jobSeen(job),
      onGone: ({ metadata }) => this.#jobGone(metadata.name),
      onListed: names => { for (const chunk of this.#chunks.values()) if (chunk.state !== 'waiting' && !names.has(chunk.name)) this.#jobGone(chunk.name) },
    }, signal))
    this.#keep(follow<Pod>(this.#api, {
      kind: 'pods', selection: { labelSelector, fieldSelector: 'status.phase=Failed' },
      onObject: pod => this.#podFailed(pod), onGone: () => {}, onListed: () => {},
    }, signal))
    this.#keep(follow<ClusterEvent>(this.#api, {
      kind: 'events', selection: { fieldSelector: 'involvedObject.kind=Job,reason=FailedCreate' },
      onObject: event => { if (this.#chunks.has(event.involvedObject.name ?? '')) this.#stuck.heard(event) }, onGone: () => {}, onListed: () => {},
    }, signal))
  }

  #jobSeen(job: Job): void {
    const chunk = this.#chunks.get(job.metadata.name)
    if (chunk === undefined || !job.metadata.ownerReferences?.some(({ uid }) => uid === chunk.uid)) return
    chunk.update(job)
    this.#changed()
  }

  #jobGone(name: string): void {
    const chunk = this.#chunks.get(name)
    if (chunk === undefined || chunk.state === 'recorded') return
    // Somebody removed it, and with it what was done: its items run again.
    this.#say('warn', `the Job ${name} was removed before it was recorded; its items are run again`)
    chunk.reset()
    this.#changed()
  }

  #podFailed(pod: Pod): void {
    const name = pod.metadata.ownerReferences?.find(({ kind }) => kind === 'Job')?.name
    const failure = failureOf(pod)
    const chunk = name === undefined ? undefined : this.#chunks.get(name)
    if (chunk === undefined || failure === undefined || failure.index >= chunk.pods) return
    const earlier = chunk.podFailures.get(failure.index)
    if (earlier === undefined || earlier.attempts <= failure.attempts) chunk.podFailures.set(failure.index, failure)
  }

  #changed(): void {
    this.#tally.note()
    this.#host!.onChange()
    this.#settle()
  }

  /** Does what is to be done now, one round at a time; a call while one runs makes it run once more. */
  #settle(): void {
    if (this.#host === undefined || this.#stopping.signal.aborted) return
    if (this.#settling !== undefined) {
      this.#isSettlingAgain = true
      return
    }
    this.#settling = this.#round().catch((error: unknown) => this.#fail(error)).finally(() => {
      this.#settling = undefined
      this.#roundOver.resolve()
      this.#roundOver = Promise.withResolvers()
      if (!this.#isSettlingAgain) return
      this.#isSettlingAgain = false
      this.#settle()
    })
  }

  async #round(): Promise<void> {
    for (const chunk of this.#chunks.values()) if (chunk.state === 'over') await this.#finish(chunk)
    for (const chunk of this.#chunks.values()) if (chunk.state === 'running' && chunk.isSuspended !== this.#isPaused) await this.#suspend(chunk)
    if (this.#isPaused) return
    const running = [...this.#chunks.values()].filter(({ state }) => state === 'running')
    const waiting = [...this.#chunks.values()].filter(({ state }) => state === 'waiting')
    const { places, raised } = allot(running.map(chunk => ({ name: chunk.name, parallelism: chunk.parallelism, left: chunk.podsLeft })), this.#parallelism, waiting.length > 0)
    for (const { name, parallelism } of raised) await this.#raise(this.#chunks.get(name)!, parallelism)
    let rest = places
    for (const chunk of waiting) {
      if (rest <= 0) break
      rest -= await this.#startJob(chunk, rest)
    }
    this.#makeRoom()
  }

  async #claim(items: readonly ChunkItem[]): Promise<void> {
    const { name: queue, itemsPerPod = 1 } = this.#options
    const attempts = items.map(({ name }) => this.#attempts.get(name) ?? 0)
    for (;;) {
      const name = chunkName(queue, this.#lease.epoch, ++this.#number)
      const map = chunkConfigMap(queue, name, items, itemsPerPod, attempts)
      const metadata = await this.#createClaim(map)
      if (metadata === undefined) continue
      for (const item of items) this.#known.add(item.name)
      this.#chunks.set(name, new LiveChunk(metadata))
      return this.#tally.note()
    }
  }

  /** Undefined when the name is taken: by an earlier holder of a lease that somebody removed. */
  async #createClaim(map: ConfigMap): Promise<ConfigMap['metadata'] | undefined> {
    try {
      return (await this.#api.create('configmaps', map)).metadata
    } catch (error) {
      if (!isKubernetes(error, ({ isAlreadyThere }) => isAlreadyThere)) throw error
      const there = await this.#api.get<ConfigMap>('configmaps', map.metadata.name)
      return JSON.stringify(there.data) === JSON.stringify(map.data) && !this.#record.has(map.metadata.name) ? there.metadata : undefined
    }
  }

  /** Gives the places it took. */
  async #startJob(chunk: LiveChunk, places: number): Promise<number> {
    if (!(await this.#lease.isMine())) throw new KubernetesError(`queue '${this.#options.name}'`, 409, 'TakenOver', 'another manager took over; this one stops')
    const parallelism = Math.min(places, chunk.pods)
    try {
      const job = await this.#api.create<Job>('jobs', chunkJob({ ...this.#jobOptions, itemsPerPod: chunk.itemsPerPod }, chunk.name, chunk.uid, chunk.pods, parallelism))
      chunk.update(job)
    } catch (error) {
      if (isKubernetes(error, ({ isAlreadyThere }) => isAlreadyThere)) chunk.update(await this.#api.get<Job>('jobs', chunk.name))
      else if (isKubernetes(error, ({ status, message }) => status === 403 && message.includes('exceeded quota'))) this.#waitForQuota(error as KubernetesError)
      else throw error
    }
    return parallelism
  }

  #waitForQuota(error: KubernetesError): void {
    this.#say('warn', `no further Job can be created: ${error.message}; trying again`)
    setTimeout(() => this.#settle(), quotaRetryMs).unref()
  }

  async #raise(chunk: LiveChunk, parallelism: number): Promise<void> {
    await this.#patchJob(chunk, { parallelism })
    chunk.parallelism = parallelism
  }

  async #suspend(chunk: LiveChunk): Promise<void> {
    await this.#patchJob(chunk, { suspend: this.#isPaused })
    chunk.isSuspended = this.#isPaused
  }

  async #patchJob(chunk: LiveChunk, spec: object): Promise<void> {
    try {
      await this.#api.patch('jobs', chunk.name, { spec })
    } catch (error) {
      // The watch will tell that it is gone.
      if (!isKubernetes(error, ({ isNotFound }) => isNotFound)) throw error
    }
  }

  /** The record first; only then may the chunk go, which is a while later. */
  async #finish(chunk: LiveChunk): Promise<void> {
    if (chunk.failed.size > chunk.podFailures.size) await this.#readFailures(chunk)
    const entry = outcomeOf(chunk, this.#options.attempts)
    const documents = entry.released.length > 0 ? documentsOf(await this.#api.get<ConfigMap>('configmaps', chunk.name), chunk.itemsPerPod) : []
    await this.#record.write(chunk.name, entry)
    this.#tally.recorded(entry)
    chunk.recorded()
    this.#tally.note()
    this.#host!.onChange()
    await this.#takeAgain(entry, documents)
    await this.#removeOldest()
  }

  /** The ConfigMap goes first and the cluster removes its Job: the other way round a late request could make the Job again. */
  async #removeOldest(): Promise<void> {
    let pods = 0
    const recorded = [...this.#chunks.values()].filter(({ state }) => state === 'recorded').toReversed()
    for (const [index, chunk] of recorded.entries()) {
      pods += chunk.pods
      if (index === 0 || (index < keptChunksMax && pods <= keptPodsMax)) continue
      await this.#api.delete('configmaps', chunk.name, chunk.uid)
      this.#chunks.delete(chunk.name)
    }
  }

  async #readFailures({ name }: LiveChunk): Promise<void> {
    for await (const { items } of this.#api.list<Pod>('pods', { labelSelector: `batch.kubernetes.io/job-name=${name}`, fieldSelector: 'status.phase=Failed' })) for (const pod of items) this.#podFailed(pod)
  }

  async #takeAgain({ names, released }: RecordEntry, documents: readonly string[]): Promise<void> {
    if (released.length === 0) return
    for (const [index, attempts] of released) this.#attempts.set(names[index]!, attempts)
    const items = released.map(([index]) => ({ name: names[index]!, document: documents[index]! }))
    for (const part of chunksOf(items, this.#options.itemsPerJob ?? itemsPerJobDefault)) await this.#claim(part)
    for (const { name } of items) this.#attempts.delete(name)
    this.#isSettlingAgain = true
  }

  async #untilRoom(): Promise<void> {
    for (;;) {
      this.#stopping.signal.throwIfAborted()
      const waiting = [...this.#chunks.values()].filter(({ state }) => state === 'waiting').length
      if (waiting < waitingChunksMax) return
      await this.#room.promise
    }
  }

  #makeRoom(): void {
    this.#room.resolve()
    this.#room = Promise.withResolvers()
  }

  #lookForStuckPods(afterMs: number): void {
    if (this.counts.oldestAttemptMs >= afterMs) this.#keep(this.#stuck.look())
  }

  #keep(work: Promise<void>): void {
    const kept = work.catch((error: unknown) => this.#fail(error)).finally(() => this.#work.delete(kept))
    this.#work.add(kept)
  }

  #fail(error: unknown): void {
    if (!this.#stopping.signal.aborted) this.#host?.onError(error)
  }

  #say(level: 'info' | 'warn' | 'error', message: string, id = ''): void {
    this.#host?.onMessage({ stage: this.#options.name, id, level, message })
  }
}

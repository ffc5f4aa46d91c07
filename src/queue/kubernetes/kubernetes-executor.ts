// Runs the items of a work queue as pods of a cluster. The one thing to know: the cluster's objects are the only record. A chunk of items is claimed
// by a ConfigMap, run by an Indexed Job, and when that is over noted in a compact record; this process may be killed between any two requests.
import type { ItemName, ListedItem } from '../item-source.ts'
import type { QueueCounts, QueueExecutor, QueueFailure, QueueHost } from '../queue-executor.ts'
import { allot } from './allotment.ts'
import { KubernetesApi } from './api.ts'
import { ChunkClaims } from './chunk-claims.ts'
import { ChunkJobs } from './chunk-jobs.ts'
import { documentsOf } from './chunk-objects.ts'
import { outcomeOf } from './chunk-outcome.ts'
import { chunksOf } from './chunking.ts'
import { ClusterNews } from './cluster-news.ts'
import { connect, type Connection } from './connection.ts'
import { documentsOfItems } from './item-documents.ts'
import { KnownNames } from './known-names.ts'
import type { KubernetesError } from './kubernetes-error.ts'
import { checkKubernetesOptions, type KubernetesQueueOptions } from './kubernetes-options.ts'
import { labelsOf } from './labels.ts'
import { ManagerLease } from './lease.ts'
import type { LiveChunk } from './live-chunk.ts'
import type { ConfigMap } from './objects.ts'
import { ChunkRecord } from './record.ts'
import { takeUp, type Found } from './start.ts'
import { StuckPods } from './stuck-pods.ts'
import { Tally } from './tally.ts'

const itemsPerJobDefault = 1_000
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
  checkKubernetesOptions(options)
  return new KubernetesExecutor(options, await connect(options.namespace))
}

class KubernetesExecutor implements QueueExecutor {
  readonly #options: KubernetesQueueOptions
  readonly #connection: Connection
  readonly #stopping = new AbortController()
  readonly #api: KubernetesApi
  readonly #lease: ManagerLease
  readonly #record: ChunkRecord
  readonly #stuck: StuckPods
  readonly #claims: ChunkClaims
  readonly #jobs: ChunkJobs
  readonly #news: ClusterNews
  readonly #chunks = new Map<string, LiveChunk>()
  readonly #known = new KnownNames()
  readonly #attempts = new Map<string, number>()
  readonly #tally = new Tally(this.#chunks, () => performance.now())
  readonly #work = new Set<Promise<void>>()
  #host: QueueHost | undefined
  #parallelism: number
  #isPaused = false
  #settling: Promise<void> | undefined
  #isSettlingAgain = false
  #room = Promise.withResolvers<void>()
  #roundOver = Promise.withResolvers<void>()
  #look: NodeJS.Timeout | undefined

  constructor(options: KubernetesQueueOptions, connection: Connection) {
    const { name, leaseSeconds = 30, itemsPerPod = 1, itemsPerJob = itemsPerJobDefault } = options
    this.#options = options
    this.#connection = connection
    this.#parallelism = options.parallelism
    this.#api = new KubernetesApi(connection, this.#stopping.signal, error => (error ? this.#say('warn', `${error.message}; trying again`) : this.#say('info', 'the API server answers again')))
    this.#lease = new ManagerLease(this.#api, { name, labels: labelsOf(name, 'manager'), durationSeconds: leaseSeconds, onWaiting: holder => this.#say('info', `another manager of queue '${name}' is at work (${holder}); waiting until it is gone`) })
    this.#record = new ChunkRecord(this.#api, name)
    this.#stuck = new StuckPods(this.#api, name, message => this.#say('warn', message))
    this.#claims = new ChunkClaims({ ...this.#found, api: this.#api, lease: this.#lease, queue: name, itemsPerJob, itemsPerPod })
    this.#jobs = new ChunkJobs({ api: this.#api, lease: this.#lease, job: { ...options, queue: name, itemsPerPod }, ttlSeconds: options.ttlSeconds, onQuota: error => this.#waitForQuota(error) })
    this.#news = new ClusterNews({
      api: this.#api, queue: name, chunks: this.#chunks, stuck: this.#stuck, onChange: () => this.#changed(),
      onJobRemoved: job => this.#say('warn', `the Job ${job} was removed before it was recorded; its items are run again`),
    })
  }

  get #found(): Found {
    return { chunks: this.#chunks, known: this.#known, record: this.#record, tally: this.#tally, attempts: this.#attempts }
  }

  get counts(): QueueCounts {
    return this.#tally.counts
  }

  async start(host: QueueHost): Promise<void> {
    this.#host = host
    await this.#lease.acquire(this.#stopping.signal)
    await takeUp(this.#api, this.#options.name, this.#found)
    // Their manager may have been killed between record and deadline.
    for (const chunk of this.#chunks.values()) if (chunk.state === 'recorded') await this.#jobs.expire(chunk)
    this.#tally.note()
    for (const following of this.#news.follow(this.#stopping.signal)) this.#keep(following)
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
      await this.#claims.claim(chunk)
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
    for (const chunk of this.#chunks.values()) if (chunk.state === 'running' && chunk.isSuspended !== this.#isPaused) await this.#jobs.suspend(chunk, this.#isPaused)
    if (this.#isPaused) return
    const running = [...this.#chunks.values()].filter(({ state }) => state === 'running')
    const waiting = [...this.#chunks.values()].filter(({ state }) => state === 'waiting')
    const { places, raised } = allot(running.map(chunk => ({ name: chunk.name, parallelism: chunk.parallelism, left: chunk.podsLeft })), this.#parallelism, waiting.length > 0)
    for (const { name, parallelism } of raised) await this.#jobs.raise(this.#chunks.get(name)!, parallelism)
    let rest = places
    for (const chunk of waiting) {
      if (rest <= 0) break
      rest -= await this.#jobs.start(chunk, rest)
    }
    this.#makeRoom()
  }

  #waitForQuota(error: KubernetesError): void {
    this.#say('warn', `no further Job can be created: ${error.message}; trying again`)
    setTimeout(() => this.#settle(), quotaRetryMs).unref()
  }

  /** The record first; only then may the chunk go, which is a while later. */
  async #finish(chunk: LiveChunk): Promise<void> {
    if (chunk.failed.size > chunk.podFailures.size) await this.#news.readFailures(chunk)
    const entry = outcomeOf(chunk, this.#options.attempts)
    const documents = entry.released.length > 0 ? documentsOf(await this.#api.get<ConfigMap>('configmaps', chunk.name), chunk.itemsPerPod) : []
    await this.#record.write(chunk.name, entry)
    this.#tally.recorded(entry)
    await this.#jobs.expire(chunk)
    chunk.recorded()
    this.#tally.note()
    this.#host!.onChange()
    if (entry.released.length > 0) {
      await this.#claims.claimAgain(entry, documents)
      this.#isSettlingAgain = true
    }
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

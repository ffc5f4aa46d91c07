// The queue manager: lists the source, asks the executor what of it is known, and gives it the rest; decides how many workers there are. The one thing to
// know: it has no memory of its own, so it may be killed and started again at any time.
import type { Clock, Timer } from '../clock.ts'
import { decideScaling, type ScalingDecision, type ScalingLimits } from '../policies/scaling.ts'
import type { WorkerMessage } from '../runtime/environment.ts'
import { SourceError } from '../sources/source-error.ts'
import type { ItemSource, ListedItem } from './item-source.ts'
import type { QueueCounts, QueueExecutor } from './queue-executor.ts'
import { QueueMeter, type QueueRates } from './queue-meter.ts'

export interface WorkQueueOptions {
  readonly source: ItemSource
  readonly executor: QueueExecutor
  readonly clock: Clock
  /** At the start. */
  readonly parallelism: number
  /** Undefined: the parallelism stays. */
  readonly scaling?: QueueScaling | undefined
  /** Between the end of one list and the next. */
  readonly pollMs: number
  /** Ends when what was listed first is done. */
  readonly once: boolean
  readonly onMessage: (message: WorkerMessage) => void
}

export interface QueueScaling {
  readonly parallelismMax: number
  readonly headroom: number
  /** From when there is a backlog until it is to be gone. */
  readonly drainMs?: number | undefined
}

export interface QueueStatus extends QueueRates, Pick<ScalingDecision, 'verdict' | 'lostPerMinute' | 'drainedInMs'> {
  readonly counts: QueueCounts
  readonly parallelism: number
}

const decideEveryMs = 1_000
/** A source that is out of reach is asked again after the poll, then ever less often. */
const outageDelayMsMax = 60_000
/** What is wrong with names is told of so many. */
const faultsToldMax = 20

export class WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #meter = new QueueMeter()
  readonly #abort = new AbortController()
  readonly #finish = Promise.withResolvers<'complete' | 'stopped'>()
  readonly #told = new Set<string>()
  #parallelism: number
  #isListed = false
  #isStarted = false
  #hasBacklogSince: number | undefined
  #timer: Timer | undefined

  constructor(options: WorkQueueOptions) {
    this.#options = options
    this.#parallelism = options.parallelism
    this.#finish.promise.catch(() => {})
  }

  /** Resolves when it is done or stopped. Rejects where the source cannot be listed at all, or the executor can do no more. */
  async run(): Promise<'complete' | 'stopped'> {
    const { source, executor, onMessage } = this.#options
    try {
      await executor.start({ source, onMessage, onChange: () => this.#endIfDone(), onError: error => this.#finish.reject(error) })
      this.#isStarted = true
      executor.setParallelism(this.#parallelism)
      this.#decideLater()
      this.#feed().catch((error: unknown) => (this.#abort.signal.aborted ? undefined : this.#finish.reject(error)))
      return await this.#finish.promise
    } finally {
      this.#timer?.cancel()
      this.#abort.abort()
    }
  }

  /** Lists no more and ends; what is at work is the executor's to close. */
  stop(): void {
    this.#abort.abort()
    this.#finish.resolve('stopped')
  }

  get status(): QueueStatus {
    const { executor, clock } = this.#options
    const { counts } = executor
    const rates = this.#meter.measure(counts, clock.monotonic())
    return { counts, ...rates, ...this.#decide(counts, rates), parallelism: this.#parallelism }
  }

  get isStarted(): boolean {
    return this.#isStarted
  }

  async #feed(): Promise<void> {
    const { source, once, pollMs } = this.#options
    for (let failures = 0; !this.#abort.signal.aborted;) {
      try {
        await this.#listOnce()
        failures = 0
        if (once || source.isSpent) return this.#endIfDone()
      } catch (error) {
        if (!this.#isListed || !(error instanceof SourceError)) throw error
        if (failures++ === 0) this.#say('warn', `the source cannot be listed and is asked again until it can: ${error.message}`)
      }
      await this.#wait(Math.min(Math.max(pollMs, outageDelayMsMax), pollMs * 2 ** Math.min(failures, 16)))
    }
  }

  async #listOnce(): Promise<void> {
    const { source, clock } = this.#options
    for await (const items of source.list(this.#abort.signal)) {
      const taken = await this.#takeNew(items)
      this.#meter.arrived(taken, clock.monotonic())
    }
    this.#abort.signal.throwIfAborted()
    this.#isListed = true
    this.#meter.listed(clock.monotonic())
  }

  async #takeNew(items: readonly ListedItem[]): Promise<number> {
    const { executor } = this.#options
    const byName = new Map<string, ListedItem>()
    for (const item of items) {
      if (item.fault !== undefined) this.#tell(item.name, item.fault)
      else if (!byName.has(item.name)) byName.set(item.name, item)
    }
    if (byName.size === 0) return 0
    const known = await executor.known([...byName.keys()])
    const fresh = [...byName.values()].filter(({ name }) => !known.has(name))
    if (fresh.length > 0 && !this.#abort.signal.aborted) await executor.take(fresh)
    return fresh.length
  }

  #tell(name: string, fault: string): void {
    if (this.#told.has(name) || this.#told.size >= faultsToldMax) return
    this.#told.add(name)
    // On one line: a name could else look like a message of its own.
    this.#say('warn', `the item '${name.slice(0, 100).replaceAll(/\s+/g, ' ')}' is passed over: ${fault}`)
    if (this.#told.size === faultsToldMax) this.#say('warn', 'others like it are passed over without a word')
  }

  #say(level: WorkerMessage['level'], message: string): void {
    this.#options.onMessage({ stage: '', id: '', level, message })
  }

  #endIfDone(): void {
    const { source, once, executor } = this.#options
    if (!this.#isListed || !(once || source.isSpent)) return
    const { taken, done, failed } = executor.counts
    if (done + failed >= taken) this.#finish.resolve('complete')
  }

  #decideLater(): void {
    this.#timer = this.#options.clock.after(decideEveryMs, () => {
      const { parallelism } = this.#options.scaling ? this.#decide(this.#options.executor.counts, this.#rates()) : { parallelism: this.#parallelism }
      if (parallelism !== this.#parallelism) this.#options.executor.setParallelism((this.#parallelism = parallelism))
      this.#endIfDone()
      this.#decideLater()
    })
  }

  #rates(): QueueRates {
    return this.#meter.measure(this.#options.executor.counts, this.#options.clock.monotonic())
  }

  #decide({ waiting }: QueueCounts, { processingMs, interarrivalMs }: QueueRates): ScalingDecision {
    return decideScaling({ processingMs, interarrivalMs, backlog: waiting, parallelism: this.#parallelism }, this.#limits(waiting))
  }

  #limits(waiting: number): ScalingLimits {
    const { scaling, clock } = this.#options
    if (!scaling) return { parallelismMax: this.#parallelism, headroom: 0 }
    const now = clock.monotonic()
    this.#hasBacklogSince = waiting > 0 ? (this.#hasBacklogSince ?? now) : undefined
    const { parallelismMax, headroom, drainMs } = scaling
    const drainWithinMs = drainMs === undefined || this.#hasBacklogSince === undefined ? drainMs : Math.max(1, this.#hasBacklogSince + drainMs - now)
    return { parallelismMax, headroom, drainWithinMs }
  }

  #wait(ms: number): Promise<void> {
    return new Promise(resolve => {
      const { signal } = this.#abort
      const end = () => {
        timer.cancel()
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = this.#options.clock.after(ms, end)
      signal.addEventListener('abort', end, { once: true })
    })
  }
}

// The work queue on processes of this machine: a pipeline of one stage underneath, so that resuming, retries, dead letters, `status`, `failures`, `redrive` and
// `trace` are those of every pipeline.
import type { Clock } from '../../clock.ts'
import type { Log, Membership } from '../../log.ts'
import type { Pipeline } from '../../pipeline/pipeline.ts'
import { limit } from '../../pipeline/limit.ts'
import { pipeline } from '../../pipeline/pipeline.ts'
import { topic } from '../../pipeline/topic.ts'
import { Limiter } from '../../policies/limiter.ts'
import type { Limiters, WorkerMessage } from '../../runtime/environment.ts'
import { noCounters } from '../../runtime/counts.ts'
import { ownerOf } from '../../runtime/ownership.ts'
import { failuresOf } from '../../runtime/redrive.ts'
import type { Run } from '../../runtime/run.ts'
import type { ListedItem } from '../item-source.ts'
import type { QueueCounts, QueueExecutor, QueueFailure, QueueHost } from '../queue-executor.ts'
import { ItemWorker, type ItemWorkerOptions } from './item-worker.ts'
import { QueueRecord, type TakenItem } from './queue-record.ts'
import { ResultFolder } from './result-folder.ts'
import { Stopwatch } from './stopwatch.ts'
import { WorkFolders } from './work-folder.ts'

export interface ProcessQueueOptions extends ItemWorkerOptions {
  readonly name: string
  readonly log: Log
  readonly clock: Clock
  /** Starts an endless run. */
  readonly begin: (pipeline: Pipeline<void>, settings: BeginSettings) => Promise<Run>
  readonly parallelism: number
  readonly parallelismMax: number
  readonly attempts: number
  readonly workFolder: string
  readonly resultFolder?: string | undefined
}

export interface BeginSettings {
  readonly limiters: Limiters
  readonly onMessage: (message: WorkerMessage) => void
  readonly onProgress: () => void
}

const stage = 'work'

/** The group of who manages a queue, alone. Not that of its run, which is joined by the same process: where runs are shared, each would take the other for a stranger. */
function managerOf(queue: string): string {
  return `${queue}/manager`
}

export class ProcessExecutor implements QueueExecutor {
  readonly #options: ProcessQueueOptions
  readonly #limiter: Limiter
  readonly #folders: WorkFolders
  readonly #stopwatch = new Stopwatch()
  #run: Run | undefined
  #record: QueueRecord | undefined
  #membership: Membership | undefined

  constructor(options: ProcessQueueOptions) {
    this.#options = options
    this.#limiter = new Limiter({ concurrency: options.parallelism }, options.clock)
    this.#folders = new WorkFolders(options.workFolder)
  }

  async start({ source, onMessage, onChange, onError }: QueueHost): Promise<void> {
    const { name, log, resultFolder } = this.#options
    const items = topic<TakenItem>(`${name} items`)
    const { membership, epoch } = await ownerOf(log, managerOf(name), [])
    this.#membership = membership
    const record = this.#record = new QueueRecord(log, epoch, name, items.name)
    await record.open(name, source.description)
    const results = resultFolder === undefined ? undefined : new ResultFolder(resultFolder)
    const worker = new ItemWorker(this.#options, { source, record, folders: this.#folders, results, stopwatch: this.#stopwatch })
    const { attempts, parallelismMax } = this.#options
    const queue = pipeline(name, flow => {
      flow.source(items).work(stage, (item, context) => worker.work(item, context), { attempts, concurrency: parallelismMax, limit: limit('parallelism', { concurrency: parallelismMax }) })
    })
    this.#run = await this.#options.begin(queue, { limiters: () => this.#limiter, onMessage, onProgress: onChange })
    this.#run.finished.catch(onError)
  }

  known(names: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#record!.known(names)
  }

  take(items: readonly ListedItem[]): Promise<void> {
    return this.#record!.take(items)
  }

  setParallelism(parallelism: number): void {
    this.#limiter.allow(parallelism)
  }

  setPaused(isPaused: boolean): void {
    this.#run!.pause(stage, undefined, isPaused).catch(() => {}) // A store that fails ends the run, which tells.
  }

  /** What the display shows is the run's. */
  get run(): Run {
    return this.#run!
  }

  get counts(): QueueCounts {
    const { taken } = this.#record!
    const { done, failed, retried, inFlight } = { ...noCounters(), inFlight: 0, ...this.#run!.counts[stage] }
    const { attemptsEnded, attemptMsTotal, oldestAttemptMs } = this.#stopwatch
    return { taken, done, failed, retried, inFlight, waiting: Math.max(0, taken - done - failed - inFlight), attemptsEnded, attemptMsTotal, oldestAttemptMs }
  }

  async *failures(): AsyncGenerator<QueueFailure> {
    for await (const { item, reason, error, attempts } of failuresOf(this.#options.log, this.#run!.names, stage, 1)) {
      yield { name: (item as TakenItem).name, reason, message: error.message, attempts }
    }
  }

  async close(graceMs: number): Promise<void> {
    await this.#run?.stop(graceMs).catch(() => {})
    await this.#membership?.leave()
    this.#folders.close()
  }
}

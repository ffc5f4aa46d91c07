// The application's side: publish items, run pipelines, look at what happened.
import type { Log } from '../log.ts'
import { BatchworkError } from '../model/errors.ts'
import { millisecondsOf, type Duration } from '../model/values.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { ItemOf, Outputs } from '../pipeline/stream.ts'
import type { Topic } from '../pipeline/topic.ts'
import type { Environment, Limiters, WorkerMessage } from '../runtime/environment.ts'
import type { StageCounts } from '../runtime/counts.ts'
import type { Selection } from '../runtime/redrive.ts'
import type { Run } from '../runtime/run.ts'
import { limitersOn } from './limiters.ts'
import { Publisher, type PublishOptions, type Receipt } from './publisher.ts'
import { reportOf, type RunReport as AnyReport } from './report.ts'
import { redriveIn } from './commands.ts'
import { openRun } from './run-pipeline.ts'
import { dryRun, type DryRunOptions } from './dry-run/dry-run.ts'
import type { DryRunReport } from './dry-run/report.ts'
import { realClock } from './real-clock.ts'
import { traceOf, type TraceStep } from './trace.ts'

/** Options may be left out unless the pipeline has a parameter without a default. */
export type Parameterised<P, Options> = [P] extends [void] ? [options?: Options] : {} extends P ? [options?: Options] : [options: Options & { readonly params: P }]

export interface RunOptions<P> {
  readonly params?: P | undefined
  /** Aborted: drains, and reports the run as stopped. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: RunProgress) => void) | undefined
  /** What workers say through context.log. */
  readonly onMessage?: ((message: WorkerMessage) => void) | undefined
  /** Forgets an unfinished run and starts anew. Default false. */
  readonly fresh?: boolean | undefined
  /** Goes on with a run though the pipeline was changed. Default false. */
  readonly upgrade?: boolean | undefined
  /**
   * On an engine that processes share: takes part in these stages alone, and leaves the others to other processes. Names, patterns such as 'thumb*', or 'blur/left'
   * for one shard. Default: all.
   */
  readonly stages?: readonly string[] | undefined
}

export interface RunProgress {
  readonly stages: Readonly<Record<string, StageCounts>>
}

export interface RunReport<O extends Outputs = Outputs> extends Omit<AnyReport, 'read'> {
  read<N extends keyof O & string>(output: N): AsyncIterable<ItemOf<O[N]>>
}

export interface Running<O extends Outputs = Outputs> extends AsyncDisposable {
  readonly id: string
  readonly finished: Promise<RunReport<O>>
  progress(): RunProgress
  /** Takes nothing new, waits for what is at work, commits it. Default grace: 30s. */
  stop(options?: { readonly grace?: Duration | undefined }): Promise<RunReport<O>>
}

export interface Client extends AsyncDisposable {
  /** Resolves when the item is on disk. Throws SchemaError. */
  publish<T, I>(topic: Topic<T, I>, item: NoInfer<I>, options?: PublishOptions): Promise<Receipt>
  publishAll<T, I>(topic: Topic<T, I>, items: Iterable<NoInfer<I>> | AsyncIterable<NoInfer<I>>): Promise<{ readonly accepted: number; readonly duplicates: number }>
  /** Runs until all that was there is done. */
  run<P, O extends Outputs>(pipeline: Pipeline<P, O>, ...options: Parameterised<P, RunOptions<P>>): Promise<RunReport<O>>
  /** Runs until it is stopped; takes items as they come. */
  start<P, O extends Outputs>(pipeline: Pipeline<P, O>, ...options: Parameterised<P, RunOptions<P>>): Promise<Running<O>>
  /**
   * Runs a pipeline on the first items of each split of its sources, and tells what a run would do: counts, failures, what values look like, how long an
   * item takes, and a forecast for the whole. Nothing is written: sinks are stubbed, topics are copies, the store is in memory. Workers are the real
   * ones, so what they do outside of Batchwork is done; retries do not wait.
   *
   *     const { forecast } = await client.dryRun(thumbnails, { sample: 200 })
   */
  dryRun<P, O extends Outputs>(pipeline: Pipeline<P, O>, ...options: Parameterised<P, DryRunOptions<P>>): Promise<DryRunReport>
  /** Sends dead letters of a stage ('stage', or 'pipeline/stage' where several pipelines have it) back to it. */
  redrive(stage: string, options?: Selection): Promise<{ readonly redriven: number }>
  trace(id: string): Promise<readonly TraceStep[]>
}

/** A client on a log that is open already: for tests and tools. `environment` replaces clock, randomness and executors. */
export function clientOn(log: Log, environment: Partial<Environment> = {}): Client & { begin: LogClient['begin'] } {
  return new LogClient(log, environment)
}

const defaultGrace: Duration = '30s'

class LogClient implements Client {
  readonly #log: Log
  readonly #publisher: Publisher
  readonly #environment: Partial<Environment>
  readonly #running = new Set<Running<any>>()
  readonly #runs = new Set<Run>()
  readonly #limiters: Limiters

  constructor(log: Log, environment: Partial<Environment> = {}) {
    this.#log = log
    this.#environment = environment
    this.#publisher = new Publisher(log)
    this.#limiters = limitersOn(environment.clock ?? realClock)
  }

  publish(topic: Topic<any, any>, item: unknown, options?: PublishOptions): Promise<Receipt> {
    return this.#publisher.publish(topic, item, options)
  }

  publishAll(topic: Topic<any, any>, items: Iterable<unknown> | AsyncIterable<unknown>) {
    return this.#publisher.publishAll(topic, items)
  }

  async run<P, O extends Outputs>(pipeline: Pipeline<P, O>, options?: RunOptions<P>): Promise<RunReport<O>> {
    return (await this.begin(pipeline, options, false)).finished
  }

  start<P, O extends Outputs>(pipeline: Pipeline<P, O>, options?: RunOptions<P>): Promise<Running<O>> {
    return this.begin(pipeline, options, true)
  }

  async begin<P, O extends Outputs>(pipeline: Pipeline<P, O>, options: RunOptions<P> = {}, isEndless: boolean): Promise<Running<O>> {
    const run = await openRun(this.#log, pipeline, { ...options, isEndless, environment: this.#environment, limiters: this.#limiters })
    const clock = this.#environment.clock ?? realClock
    const finished = run.finished.then(result => reportOf(this.#log, run, result, clock.now())) as Promise<RunReport<O>>
    finished.catch(() => {})
    const stop = async ({ grace = defaultGrace }: { readonly grace?: Duration | undefined } = {}) => {
      await run.stop(millisecondsOf(grace, 'grace'))
      return finished
    }
    const running: Running<O> = { id: run.names.scope, finished, stop, progress: () => ({ stages: run.counts }), [Symbol.asyncDispose]: async () => void (await stop().catch(() => {})) }
    this.#running.add(running)
    this.#runs.add(run)
    const alive = this.#environment.clock ? undefined : setInterval(() => {}, 60_000) // the log's thread does not keep the process, a run does
    void finished.catch(() => {}).finally(() => {
      clearInterval(alive)
      this.#running.delete(running)
      this.#runs.delete(run)
    })
    options.signal?.addEventListener('abort', () => void stop(), { once: true })
    if (options.signal?.aborted) void stop()
    return running
  }

  dryRun<P, O extends Outputs>(pipeline: Pipeline<P, O>, options: DryRunOptions<P> = {}): Promise<DryRunReport> {
    return dryRun(pipeline, options, { log: this.#log, limiters: this.#limiters })
  }

  async redrive(stage: string, selection: Selection = {}): Promise<{ readonly redriven: number }> {
    const own = [...this.#runs].find(run => run.plan.stages.some(({ name }) => name === stage))
    return { redriven: own && (own.isLeading || this.#log.parts === undefined) ? await own.redrive(stage, selection) : await redriveIn(this.#log, stage, selection, this.#environment.clock) }
  }

  trace(id: string): Promise<readonly TraceStep[]> {
    if (typeof id !== 'string' || id === '') throw new BatchworkError('OPTION', 'trace needs the id of an item: a failure report, a receipt or context.id tells it')
    return traceOf(this.#log, id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map(running => running.stop().catch(() => {})))
    await this.#log.close()
  }
}

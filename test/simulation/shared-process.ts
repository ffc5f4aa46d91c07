// One of the processes that share a run: its own handle on the log and its own timers, so that it can die or stand still at once. What it is given of the
// run, and what it commits, the witness is told.
import { clientOn, type RunReport, type Running } from '../../src/client/client.ts'
import type { Clock } from '../../src/clock.ts'
import { inlineExecutor } from '../../src/executors/inline.ts'
import type { Commit, Log, News, Owner, PartitionId } from '../../src/log.ts'
import { MemoryLog, type MemoryStore } from '../../src/logs/memory/memory-log.ts'
import type { Pipeline } from '../../src/index.ts'
import type { Random } from '../../src/reducers/seeded-random.ts'
import { passingTime } from './passing-time.ts'
import type { SharedWitness, Tenure } from './shared-witness.ts'

export interface SharedProcessOptions {
  readonly name: number
  readonly store: MemoryStore
  readonly clock: Clock
  readonly random: Random
  readonly witness: SharedWitness
  /** What it takes part in. Undefined: all. */
  readonly stages: readonly string[] | undefined
  readonly said: (message: string) => void
}

export class SharedProcess {
  readonly name: number
  readonly #options: SharedProcessOptions
  readonly #own: MemoryLog
  readonly #log: Log
  /** What has happened to it while it stood still, in order. */
  readonly #held: (() => void)[] = []
  #running: Promise<Running<any>> | undefined
  #isFrozen = false
  #isDead = false

  constructor(options: SharedProcessOptions) {
    this.name = options.name
    this.#options = options
    this.#own = new MemoryLog(options.store)
    this.#log = this.#mortalLog()
  }

  get stages(): readonly string[] | undefined {
    return this.#options.stages
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** Until the run is over for this process. Who comes when it just is begins another, and that is not looked at. */
  async run(pipeline: Pipeline<any, any>, isEndless: boolean, scope: string): Promise<RunReport<any> | undefined> {
    const { random, stages, said } = this.#options
    const client = clientOn(this.#log, { clock: this.#mortalClock(), random, executorFor: ({ worker }, capacity) => inlineExecutor(worker as never, capacity), onMessage: ({ message }) => { if (!this.#isDead) said(message) } })
    this.#running = client.begin(pipeline, { stages }, isEndless)
    const { id, finished } = await this.#running
    return id === scope ? finished : undefined
  }

  stop(): void {
    this.#running?.then(running => running.stop({ grace: '1s' })).catch(() => {})
  }

  die(): void {
    this.#isDead = true
    this.#own.crash()
  }

  expel(): void {
    this.#own.expel()
  }

  /** Neither its timers nor what it asks or is told come through until then. */
  freeze(ms: number): void {
    if (this.#isFrozen) return
    this.#isFrozen = true
    this.#options.clock.after(ms, () => {
      this.#isFrozen = false
      while (!this.#isFrozen && this.#held.length > 0) this.#held.shift()!()
    })
  }

  close(): Promise<void> {
    return this.#own.close()
  }

  #whenAwake(action: () => void): void {
    if (this.#isDead) return
    if (this.#isFrozen || this.#held.length > 0) this.#held.push(action)
    else action()
  }

  #mortalClock(): Clock {
    const { clock } = this.#options
    return {
      now: () => clock.now(),
      monotonic: passingTime(clock),
      after: (ms, callback) => {
        let isCancelled = false
        const timer = clock.after(ms, () => this.#whenAwake(() => { if (!isCancelled) callback() }))
        return {
          cancel: () => {
            isCancelled = true
            timer.cancel()
          },
        }
      },
    }
  }

  #mortalLog(): Log {
    const { witness } = this.#options
    const calls: Partial<Record<string | symbol, unknown>> = {
      join: (group: string, topics: readonly string[], owner: Owner) => this.#call(() => this.#own.join(group, topics, this.#told(owner, witness.joined(this.name)))),
      commit: (commit: Commit) => {
        witness.sent(commit, this.name)
        return this.#call(() => this.#own.commit(commit))
      },
      watch: (listener: (partition: PartitionId) => void) => this.#own.watch(partition => this.#whenAwake(() => listener(partition))),
      follow: (listener: (news: News) => void) => this.#own.follow(news => this.#whenAwake(() => listener(news))),
      close: () => this.#own.close(),
    }
    return new Proxy<Log>(this.#own, {
      get: (target, name) => {
        const value: unknown = calls[name] ?? Reflect.get(target, name, target)
        if (typeof value !== 'function' || calls[name]) return value
        return (...given: unknown[]) => this.#call(() => Reflect.apply(value, target, given) as Promise<unknown>)
      },
    })
  }

  #told(owner: Owner, tenure: Tenure): Owner {
    return {
      ...owner,
      assigned: (partitions, epoch) => this.#whenAwake(() => {
        tenure.assigned(partitions, epoch)
        owner.assigned(partitions, epoch)
      }),
      revoked: partitions => new Promise<void>((resolve, reject) => this.#whenAwake(() => {
        tenure.revoked(partitions)
        Promise.resolve(owner.revoked(partitions)).then(resolve, reject)
      })),
      expelled: () => this.#whenAwake(() => owner.expelled?.()),
    }
  }

  #call<Result>(ask: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => this.#whenAwake(() => {
      ask().then(value => this.#whenAwake(() => resolve(value)), (error: unknown) => this.#whenAwake(() => reject(error)))
    }))
  }
}

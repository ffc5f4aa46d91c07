// Where a simulation takes place: one store, one clock that jumps, chance from a seed, and any number of processes, one after the other.
import { clientOn } from '../client/client.ts'
import type { Environment, WorkerMessage } from '../runtime/environment.ts'
import { inlineExecutor } from '../executors/inline.ts'
import { BatchworkError } from '../model/errors.ts'
import { MemoryStore } from '../logs/memory/memory-log.ts'
import type { StoreObserver } from '../logs/memory/options.ts'
import type { Coverage } from './coverage.ts'
import { Faults, type CrashAt, type FaultSetting } from './faults.ts'
import { SimulatedProcess } from './simulated-process.ts'
import { Trace } from './trace.ts'
import { VirtualClock } from './virtual-clock.ts'

export interface WorldOptions {
  readonly now?: Date | undefined
  readonly seed?: number | undefined
  readonly faults?: FaultSetting | undefined
  readonly crashAt?: CrashAt | undefined
  readonly onMessage?: ((message: WorkerMessage) => void) | undefined
  /** Workers wait for nothing real: the clock need not be held for them. Default false. */
  readonly isVirtual?: boolean | undefined
  /** Whether what happens is hashed, to be compared with another run of the same seed. Default true. */
  readonly isTraced?: boolean | undefined
  readonly coverage?: Coverage | undefined
  /** Told of all that becomes durable; what it throws ends the simulation. */
  readonly observer?: (StoreObserver & { epochGiven(epoch: number): void }) | undefined
  readonly timersMax?: number | undefined
}

/** A fixed day, so that a trial gives the same on every day. */
const startOfTime = new Date('2026-01-01T00:00:00Z')

export class World {
  readonly clock: VirtualClock
  readonly store: MemoryStore
  readonly faults: Faults
  readonly trace: Trace
  readonly isVirtual: boolean
  /** Says something to the run from outside, where a fault asks for it. */
  onCommand: (() => void) | undefined
  readonly #options: WorldOptions
  readonly #trouble = Promise.withResolvers<never>()
  #isOpen = false

  constructor(options: WorldOptions = {}) {
    const { now = startOfTime, seed = 1, faults = 'none', crashAt, coverage, observer, timersMax } = options
    this.#options = options
    this.trace = new Trace(options.isTraced ?? true)
    this.isVirtual = options.isVirtual ?? false
    this.faults = new Faults(faults, seed, crashAt, coverage)
    let timers = 0
    const rank = this.faults.has('reorder') ? this.faults.random : () => timers++
    this.clock = new VirtualClock({ startAt: now.getTime(), rank, onIdle: () => this.#stuck(), onError: error => this.#trouble.reject(error), timersMax })
    this.store = new MemoryStore({ clock: this.clock, random: this.faults.random, observer: observer && this.#watched(observer) })
    this.#trouble.promise.catch(() => {})
  }

  process(): SimulatedProcess {
    const { observer } = this.#options
    return new SimulatedProcess({
      store: this.store, clock: this.clock, faults: this.faults, trace: this.trace,
      onClockJump: ms => this.clock.jump(ms), onCommand: () => this.onCommand?.(), onEpoch: epoch => observer?.epochGiven(epoch),
    })
  }

  /** A process that nothing goes wrong for: who publishes, and who looks on. */
  bystander(): SimulatedProcess {
    const { observer } = this.#options
    return new SimulatedProcess({ store: this.store, clock: this.clock, faults: new Faults('none', 1), trace: new Trace(false), onEpoch: epoch => observer?.epochGiven(epoch) })
  }

  /** A client in a process. Workers run inline, whatever the pipeline says. */
  client(process: Pick<SimulatedProcess, 'log' | 'clock'> = this.process(), environment: Partial<Environment> = {}) {
    return clientOn(process.log, {
      clock: process.clock,
      random: this.faults.random,
      executorFor: ({ worker }, capacity) => inlineExecutor(worker as never, capacity),
      onMessage: this.#options.onMessage ?? (() => {}),
      ...environment,
    })
  }

  /** The promise's result; rejects where nothing can go on any more, and it would wait for ever. */
  async until<Result>(promise: Promise<Result>): Promise<Result> {
    this.#isOpen = true
    this.clock.after(0, () => {})
    try {
      return await Promise.race([promise, this.#trouble.promise])
    } finally {
      this.#isOpen = false
    }
  }

  /** Lets virtual time pass. */
  sleep(ms: number): Promise<void> {
    return this.until(new Promise(resolve => this.clock.after(ms, resolve)))
  }

  /** What an observer finds is not an error of the call that showed it: the simulation ends. */
  #watched(observer: StoreObserver): StoreObserver {
    const end = (look: () => void): void => {
      try {
        look()
      } catch (error) {
        this.#trouble.reject(error)
      }
    }
    return {
      created: topic => end(() => observer.created(topic)),
      deleted: topic => end(() => observer.deleted(topic)),
      appended: (append, appended) => end(() => observer.appended(append, appended)),
      committed: (commit, appended) => end(() => observer.committed(commit, appended)),
      trimmed: (partition, start) => end(() => observer.trimmed(partition, start)),
    }
  }

  #stuck(): void {
    const { seed = 1, faults = 'none' } = this.#options
    if (this.#isOpen) this.#trouble.reject(new BatchworkError('STUCK', `nothing can go on, and the run has not ended: a defect of Batchwork, or of a worker that never answers (seed ${seed}, faults ${JSON.stringify(faults)})`))
  }
}

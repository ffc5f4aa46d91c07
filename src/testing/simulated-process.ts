// One process of a simulation: its own handle on the log and its own timers, so that all of it can vanish at once. Nobody is told.
import type { Clock } from '../clock.ts'
import type { Append, Commit, Log } from '../log.ts'
import { MemoryLog, type MemoryStore } from '../logs/memory/memory-log.ts'
import type { Effect, Faults } from './faults.ts'
import type { Trace } from './trace.ts'

const never: Promise<never> = new Promise(() => {})
const asked = new Set<string | symbol>(['createTopics', 'deleteTopics', 'topics', 'read', 'join', 'progress', 'get', 'scan', 'deleteStores'])

export interface SimulatedProcessOptions {
  readonly store: MemoryStore
  readonly clock: Clock
  readonly faults: Faults
  readonly trace: Trace
}

export class SimulatedProcess {
  readonly clock: Clock
  readonly log: Log
  /** Resolves when the process died. */
  readonly died: Promise<'died'>
  readonly #options: SimulatedProcessOptions
  readonly #own: MemoryLog
  readonly #death = Promise.withResolvers<'died'>()
  #queue: Promise<void> = Promise.resolve()
  #asking = 0
  #isGone = false

  constructor(options: SimulatedProcessOptions) {
    this.#options = options
    this.#own = new MemoryLog(options.store)
    this.died = this.#death.promise
    this.clock = this.#mortalClock(options.clock)
    this.log = this.#mortalLog()
  }

  get isGone(): boolean {
    return this.#isGone
  }

  /** True where the process dies at this effect, or is dead. */
  diesAt(effect: Effect): boolean {
    if (!this.#isGone && this.#options.faults.at(effect)) this.crash()
    return this.#isGone
  }

  crash(): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#options.trace.add('crash')
    this.#own.crash()
    this.#death.resolve('died')
  }

  #mortalClock(clock: Clock): Clock {
    const { faults } = this.#options
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (delayMs, callback) => clock.after(delayMs + (delayMs > 0 ? faults.timerDelayMs() : 0), () => {
        if (!this.diesAt('timer')) callback()
      }),
    }
  }

  #mortalLog(): Log {
    const calls: Partial<Record<string | symbol, unknown>> = { commit: (commit: Commit) => this.#commit(commit), append: (append: Append) => (this.diesAt('call') ? never : this.#inOrder(() => this.#own.append(append))) }
    return new Proxy<Log>(this.#own, {
      get: (target, name) => {
        const own = calls[name]
        if (own) return own
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        const method = value.bind(target) as (...given: unknown[]) => unknown
        return asked.has(name) ? (...given: unknown[]) => this.#call(() => method(...given) as Promise<unknown>) : method
      },
    })
  }

  #commit(commit: Commit): Promise<unknown> {
    const { faults, trace } = this.#options
    if (this.#isGone) return never
    if (endsRun(commit)) faults.disarm()
    const death = faults.at('commit')
    if (death === 'before') this.crash()
    if (this.#isGone) return never
    return this.#inOrder(() => {
      trace.commit(commit)
      const made = this.#own.commit(commit)
      if (!death) return made
      // Durable, but nobody hears of it.
      void made.then(() => this.crash(), () => this.crash())
      return never
    })
  }

  /** What is asked reaches the log in the order it was asked, as the contract has it. */
  #inOrder<Result>(ask: () => Promise<Result>): Promise<Result> {
    const delayMs = this.#options.faults.requestDelayMs()
    if (delayMs === undefined && this.#asking === 0) return this.#answered(ask())
    this.#asking++
    const turn = this.#queue.then(() => this.#pass(delayMs ?? 0))
    this.#queue = turn
    return turn.then(() => {
      this.#asking--
      return this.#isGone ? never : this.#answered(ask())
    })
  }

  #call<Result>(call: () => Promise<Result>): Promise<Result> {
    return this.diesAt('call') ? never : this.#answered(call())
  }

  /** Later, and in any order; never to a dead process. */
  #answered<Result>(result: Promise<Result>): Promise<Result> {
    const delayMs = this.#options.faults.resultDelayMs()
    const later = delayMs === undefined ? result : result.then(async value => {
      await this.#pass(delayMs)
      return value
    })
    return later.then(value => (this.#isGone ? never : value), (error: unknown) => {
      if (this.#isGone) return never
      throw error
    })
  }

  #pass(delayMs: number): Promise<void> {
    return new Promise(resolve => this.#options.clock.after(delayMs, resolve))
  }
}

function endsRun({ state }: Commit): boolean {
  return state.some(({ store, value }) => store.endsWith('/runs') && value !== null && (JSON.parse(value) as { readonly isClosed?: boolean }).isClosed === true)
}

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
    const calls: Partial<Record<string | symbol, unknown>> = { commit: (commit: Commit) => this.#commit(commit), append: (append: Append) => this.#call(() => this.#own.append(append)) }
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
    if (death !== 'before') trace.commit(commit)
    if (death === 'before') this.crash()
    if (this.#isGone) return never
    const made = this.#own.commit(commit)
    if (!death) return made
    // Durable, but nobody hears of it.
    void made.then(() => this.crash(), () => this.crash())
    return never
  }

  #call<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.diesAt('call')) return never
    const delayMs = this.#options.faults.resultDelayMs()
    const result = call()
    if (delayMs === undefined) return result
    return result.then(value => new Promise<Result>(resolve => {
      this.#options.clock.after(delayMs, () => {
        if (!this.#isGone) resolve(value)
      })
    }))
  }
}

function endsRun({ state }: Commit): boolean {
  return state.some(({ store, value }) => store.endsWith('/runs') && value !== null && (JSON.parse(value) as { readonly isClosed?: boolean }).isClosed === true)
}

// What a worker gets beside its item. One small object an item; everything in it is made only when asked for.
import { dateAt } from '../model/time.ts'
import type { Context, WorkerLog } from '../model/worker.ts'
import type { Flight } from './flight.ts'

export interface StageContext {
  readonly stage: string
  readonly attempts: number
  readonly shardOf: (lane: number) => string | undefined
  /** Contexts whose signal was asked for, and whose item is at work. */
  readonly abortable: Set<UnitContext>
  readonly onMessage: (id: string, level: 'info' | 'warn' | 'error', message: string, data: object | undefined) => void
}

export class UnitContext implements Context {
  readonly #stage: StageContext
  readonly #flight: Flight
  readonly #unit: number
  readonly attempt: number
  #abort: AbortController | undefined
  #reason: unknown

  constructor(stage: StageContext, flight: Flight, unit: number, attempt: number) {
    this.#stage = stage
    this.#flight = flight
    this.#unit = unit
    this.attempt = attempt
  }

  get id(): string {
    return this.#flight.idOf(this.#unit)
  }

  get key(): string | undefined {
    const key = this.#flight.keyOf(this.#unit)
    return key === null ? undefined : String(JSON.parse(key))
  }

  get time(): Date {
    return dateAt(this.#flight.timeOf(this.#unit))
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#flight.items.headers?.[this.#flight.itemOf(this.#unit)] ?? {}
  }

  get origin(): string {
    return this.#flight.items.origins.at(this.#flight.itemOf(this.#unit))
  }

  get attempts(): number {
    return this.#stage.attempts
  }

  get stage(): string {
    return this.#stage.stage
  }

  get shard(): string | undefined {
    return this.#stage.shardOf(this.#flight.origin.lane)
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController()
      this.#stage.abortable.add(this)
      if (this.#reason !== undefined) this.#abort.abort(this.#reason)
    }
    return this.#abort.signal
  }

  get log(): WorkerLog {
    const say = (level: 'info' | 'warn' | 'error') => (message: string, data?: object) => this.#stage.onMessage(this.id, level, message, data)
    return { info: say('info'), warn: say('warn'), error: say('error') }
  }

  progress(done: number, total?: number): void {
    this.#stage.onMessage(this.id, 'info', total === undefined ? `${done}` : `${done} of ${total}`, { done, total })
  }

  /** The item is done with. */
  static forget(context: UnitContext): void {
    if (context.#abort) context.#stage.abortable.delete(context)
  }

  /** Ends the signal that the worker was, or will be, given. */
  static abort(context: UnitContext, reason: unknown): void {
    context.#reason = reason
    context.#abort?.abort(reason)
  }
}

// What a worker gets beside its item. One small object an item; everything in it is made only when asked for.
import type { Context, WorkerLog } from '../model/worker.ts'
import type { Flight } from './flight.ts'
import { UnitMeta } from './unit-meta.ts'

export interface StageContext {
  readonly stage: string
  readonly attempts: number
  readonly shardOf: (lane: number) => string | undefined
  /** Contexts whose signal was asked for, and whose item is at work. */
  readonly abortable: Set<UnitContext>
  readonly onMessage: (id: string, level: 'info' | 'warn' | 'error', message: string, data: object | undefined) => void
}

export class UnitContext extends UnitMeta implements Context {
  readonly #stage: StageContext
  readonly attempt: number
  #abort: AbortController | undefined
  #reason: unknown

  constructor(stage: StageContext, flight: Flight, unit: number, attempt: number) {
    super(flight, unit)
    this.#stage = stage
    this.attempt = attempt
  }

  get attempts(): number {
    return this.#stage.attempts
  }

  get stage(): string {
    return this.#stage.stage
  }

  get shard(): string | undefined {
    return this.#stage.shardOf(this.lane)
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

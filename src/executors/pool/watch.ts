// One item that a host works on for longer than a tick: its deadline, its abort and the host's answer to that. Quick items have none, so they
// never touch their signal.
import type { Task } from '../../executor.ts'
import { TimeoutError } from '../../model/errors.ts'

/** `reason` is that of the abort. */
interface Abort {
  readonly atMs: number
  readonly reason: unknown
}

export class Watch {
  readonly #task: Task
  readonly #send: (reason: unknown) => void
  readonly #onSignal = () => this.#begin(this.#task.context.signal.reason, performance.now())
  #dueAtMs: number
  #abort: Abort | undefined
  #answered = false

  /** `send` tells the host of the abort. */
  constructor(task: Task, sentAtMs: number, send: (reason: unknown) => void) {
    this.#task = task
    this.#send = send
    this.#dueAtMs = sentAtMs + (task.timeoutMs ?? Infinity)
    const { signal } = task.context
    signal.addEventListener('abort', this.#onSignal, { once: true })
    if (signal.aborted) this.#onSignal()
  }

  get abort(): Abort | undefined {
    return this.#abort
  }

  /** Its time was over while its host's event loop was free: it has failed, whatever becomes of it. */
  get overdue(): unknown {
    return this.#answered && !this.#task.context.signal.aborted ? this.#abort?.reason : undefined
  }

  /** The abort reached a living event loop: if the item goes on, its worker does not heed the signal. */
  get answered(): boolean {
    return this.#answered
  }

  /** Aborts what is past its deadline. */
  check(nowMs: number): void {
    if (!this.#abort && nowMs >= this.#dueAtMs) this.#begin(timeoutOf(this.#task), nowMs)
  }

  /** The host's event loop answered. What had not begun was not late: its time counts from now, unless it is not wanted any more. */
  answer(hasBegun: boolean, nowMs: number): void {
    this.#answered = hasBegun || this.#task.context.signal.aborted
    if (this.#answered) return
    this.#abort = undefined
    this.#dueAtMs = nowMs + (this.#task.timeoutMs ?? Infinity)
  }

  stop(): void {
    this.#task.context.signal.removeEventListener('abort', this.#onSignal)
  }

  #begin(reason: unknown, atMs: number): void {
    this.#abort = { atMs, reason }
    this.#send(reason)
  }
}

export function timeoutOf({ context, timeoutMs = Infinity }: Task): TimeoutError {
  return new TimeoutError(context.stage, timeoutMs)
}

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
  /** The host's event loop answered: it is the worker that does not heed the signal. */
  answered = false
  readonly #task: Task
  readonly #send: (reason: unknown) => void
  readonly #onSignal = () => this.#begin(this.#task.context.signal.reason, performance.now())
  #dueAtMs: number
  #abort: Abort | undefined

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

  /** Aborts what is past its deadline. */
  check(nowMs: number): void {
    if (!this.#abort && nowMs >= this.#dueAtMs) this.#begin(timeoutOf(this.#task), nowMs)
  }

  /** It had not begun, so its time counts from now. What the run itself aborted stays so. */
  postpone(nowMs: number): void {
    if (this.#task.context.signal.aborted) return
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

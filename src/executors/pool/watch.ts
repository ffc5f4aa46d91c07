// The abort of one item that a host works on. Only items that take longer than a tick are watched: quick ones never touch their signal.
import type { Task } from '../../executor.ts'

export class Watch {
  abortedAtMs: number | undefined
  /** The host's event loop answered: it is the worker that does not heed the signal. */
  answered = false
  readonly #signal: AbortSignal
  readonly #onAbort: () => void

  constructor(task: Task, onAbort: () => void) {
    this.#signal = task.context.signal
    this.#onAbort = onAbort
    this.#signal.addEventListener('abort', onAbort, { once: true })
    if (this.#signal.aborted) onAbort()
  }

  stop(): void {
    this.#signal.removeEventListener('abort', this.#onAbort)
  }
}

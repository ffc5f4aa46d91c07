// Workers called in this process, on the caller's event loop. This is the hot path of every pipeline without threads: a synchronous
// result settles synchronously, a promise costs one `then`.
import type { Executor, Task } from '../executor.ts'
import type { Worker } from '../model/worker.ts'

export function inlineExecutor(worker: Worker<never, unknown>, capacity: number): Executor {
  return new InlineExecutor(worker as Worker<unknown, unknown>, capacity)
}

class InlineExecutor implements Executor {
  readonly capacity: number
  readonly #worker: Worker<unknown, unknown>

  constructor(worker: Worker<unknown, unknown>, capacity: number) {
    this.#worker = worker
    this.capacity = capacity
  }

  start(task: Task): void {
    let result: unknown
    let isAwaited: boolean
    try {
      result = this.#worker(task.value, task.context)
      isAwaited = isThenable(result)
    } catch (error) {
      task.fail(error)
      return
    }
    if (isAwaited) Promise.resolve(result).then(value => task.settle(value), (error: unknown) => task.fail(error))
    else task.settle(result)
  }

  /** Nothing to end: a function that is running ends by itself, or by its signal. */
  async close(): Promise<void> {}
}

/** What it looks at may throw. */
function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

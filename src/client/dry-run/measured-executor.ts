// An executor that is watched: each task's time and result are noted. What asks to be tried again later is tried again at once.
import type { Executor, Task } from '../../executor.ts'
import { RetryLater } from '../../model/retry-later.ts'
import type { Observation } from './observation.ts'

export class MeasuredExecutor implements Executor {
  readonly #executor: Executor
  readonly #observation: Observation

  constructor(executor: Executor, observation: Observation) {
    this.#executor = executor
    this.#observation = observation
  }

  get capacity(): number {
    return this.#executor.capacity
  }

  get keepsDeadlines(): boolean {
    return this.#executor.keepsDeadlines ?? false
  }

  start(task: Task): void {
    const observation = this.#observation
    const beganMs = performance.now()
    let isStarted = false
    const ended = () => {
      observation.called(beganMs, 1)
      if (!isStarted) observation.blocking++
    }
    this.#executor.start({
      value: task.value, context: task.context, timeoutMs: task.timeoutMs,
      settle: result => {
        ended()
        observation.gave(result === undefined ? task.value : result)
        task.settle(result)
      },
      fail: error => {
        ended()
        task.fail(withoutWaiting(error))
      },
    })
    isStarted = true
  }

  close(): Promise<void> {
    return this.#executor.close()
  }
}

export function withoutWaiting(error: unknown): unknown {
  return error instanceof RetryLater ? new RetryLater(error.message, { after: '0ms', cause: error.cause }) : error
}

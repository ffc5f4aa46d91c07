// Items that were at work in a host that died or hung, one of which may have done it. Each runs with nothing else in its host, so that one that
// does it again is known, and what was beside it has run once more and no oftener: halving the group would let a killer take half of it along
// again and again. What was found guilty runs alone in its next attempts too.
import type { Task } from '../../executor.ts'
import { TaskQueue } from './queue.ts'

/** Ids kept; an older one costs those beside it one more run. */
const convictedMax = 10_000

export class Suspects {
  /** Bounded by the pool's capacity. */
  readonly #waiting = new TaskQueue()
  readonly #convicted = new Set<string>()

  get length(): number {
    return this.#waiting.length
  }

  add(tasks: readonly Task[]): void {
    for (const task of tasks) this.#waiting.push(task)
  }

  take(count = 1): Task[] {
    return this.#waiting.take(count)
  }

  takeAborted(): Task[] {
    return this.#waiting.takeAborted()
  }

  /** This one did it: it was alone. */
  convict({ context: { id } }: Task): void {
    this.#convicted.add(id)
    if (this.#convicted.size > convictedMax) this.#convicted.delete(this.#convicted.values().next().value!)
  }

  isConvicted({ context }: Task): boolean {
    return this.#convicted.size > 0 && context.attempt > 1 && this.#convicted.has(context.id)
  }
}

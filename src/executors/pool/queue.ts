// Tasks that no host has yet, first in, first out. Bounded by the pool's capacity, which the runtime keeps to.
import type { Task } from '../../executor.ts'

export class TaskQueue {
  #tasks: Task[] = []
  #head = 0

  get length(): number {
    return this.#tasks.length - this.#head
  }

  push(task: Task): void {
    this.#tasks.push(task)
  }

  putBack(tasks: readonly Task[]): void {
    if (tasks.length > 0) this.#tasks = [...tasks, ...this.#tasks.slice(this.#head)]
    if (tasks.length > 0) this.#head = 0
  }

  take(count: number): Task[] {
    const taken = this.#tasks.slice(this.#head, this.#head + count)
    this.#head += taken.length
    if (this.#head === this.#tasks.length) this.#tasks = []
    else if (this.#head > 1_024 && this.#head * 2 > this.#tasks.length) this.#tasks = this.#tasks.slice(this.#head)
    else return taken
    this.#head = 0
    return taken
  }

  takeAborted(): Task[] {
    const tasks = this.take(this.length)
    const aborted = tasks.filter(({ context }) => context.signal.aborted)
    this.#tasks = aborted.length > 0 ? tasks.filter(task => !aborted.includes(task)) : tasks
    return aborted
  }
}

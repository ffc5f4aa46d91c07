// One executor for all runners of a stage in this process: closed when the last of them is.
import type { Executor } from '../executor.ts'

export class SharedExecutors {
  readonly #shared = new Map<string, { readonly executor: Executor; users: number }>()

  /** `make` is asked where there is none of this name. */
  use(name: string, make: () => Executor): Executor {
    let shared = this.#shared.get(name)
    if (!shared) this.#shared.set(name, (shared = { executor: make(), users: 0 }))
    const { executor } = shared
    shared.users++
    let isClosed = false
    return {
      get capacity() { return executor.capacity },
      ...(executor.keepsDeadlines === undefined ? {} : { keepsDeadlines: executor.keepsDeadlines }),
      ...(executor.takeTimes && { takeTimes: () => executor.takeTimes!() }),
      start: task => executor.start(task),
      close: async () => {
        if (isClosed) return
        isClosed = true
        await this.#left(name)
      },
    }
  }

  async #left(name: string): Promise<void> {
    const shared = this.#shared.get(name)!
    if (--shared.users > 0) return
    this.#shared.delete(name)
    await shared.executor.close()
  }
}

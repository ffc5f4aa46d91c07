// Several workers on one item at once, each with an abort signal of its own: what race and agree have in common.
import type { Context, Worker, WorkerLog } from '../model/worker.ts'

/** A context as it is but for its signal. It asks the original for all else, which may make things only when asked. */
class SignalledContext implements Context {
  readonly #original: Context
  readonly signal: AbortSignal

  constructor(original: Context, signal: AbortSignal) {
    this.#original = original
    this.signal = signal
  }

  get id(): string { return this.#original.id }
  get key(): string | undefined { return this.#original.key }
  get time(): Date { return this.#original.time }
  get headers(): Readonly<Record<string, string>> { return this.#original.headers }
  get origin(): string { return this.#original.origin }
  get attempt(): number { return this.#original.attempt }
  get attempts(): number { return this.#original.attempts }
  get stage(): string { return this.#original.stage }
  get shard(): string | undefined { return this.#original.shard }
  get log(): WorkerLog { return this.#original.log }
  progress(done: number, total?: number): void { this.#original.progress(done, total) }
}

export interface Contestant<R> {
  readonly result: Promise<R>
  abort(reason: Error): void
}

export interface Contest<R> {
  readonly contestants: readonly Contestant<R>[]
  /** Lets go of the item's own signal, which may live longer than the item. To be called at the end. */
  readonly release: () => void
}

/** Starts all of them. */
export function contest<T, R>(workers: readonly Worker<T, R>[], item: T, context: Context): Contest<R> {
  const controllers = workers.map(() => new AbortController())
  const { signal } = context
  const abortAll = () => controllers.forEach(controller => controller.abort(signal.reason))
  if (signal.aborted) abortAll()
  else signal.addEventListener('abort', abortAll, { once: true })
  const contestants = workers.map((worker, index) => {
    const controller = controllers[index]!
    return { result: start(worker, item, new SignalledContext(context, controller.signal)), abort: (reason: Error) => controller.abort(reason) }
  })
  return { contestants, release: () => signal.removeEventListener('abort', abortAll) }
}

async function start<T, R>(worker: Worker<T, R>, item: T, context: Context): Promise<R> {
  return worker(item, context)
}

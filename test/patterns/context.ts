// A context for workers under test, with accessors on its class as the runtime's may have.
import type { Context, WorkerLog } from '../../src/model/worker.ts'

const silent: WorkerLog = { info() {}, warn() {}, error() {} }

class TestContext implements Context {
  readonly #signal: AbortSignal
  readonly progressed: (readonly [number, number | undefined])[] = []

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  get id(): string { return 'photos:0:7' }
  get key(): string { return 'k' }
  get time(): Date { return new Date(0) }
  get headers(): Readonly<Record<string, string>> { return {} }
  get origin(): string { return 'a.jpg' }
  get attempt(): number { return 2 }
  get attempts(): number { return 3 }
  get stage(): string { return 'blur' }
  get shard(): undefined { return undefined }
  get signal(): AbortSignal { return this.#signal }
  get log(): WorkerLog { return silent }
  progress(done: number, total?: number): void { this.progressed.push([done, total]) }
}

export function contextOf(signal: AbortSignal = new AbortController().signal): TestContext {
  return new TestContext(signal)
}

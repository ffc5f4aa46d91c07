// A slice while it is this process's. Once let go it has no say any more: what its runner still tries is refused, and no trouble of its is the run's.
import { FencedError } from '../model/errors.ts'
import type { PartitionReader } from './partition-reader.ts'
import type { Slice } from './slices.ts'
import type { StageRunner } from './stage-runner.ts'

export class OwnedSlice {
  readonly slice: Slice
  readonly readers = new Map<string, PartitionReader[]>()
  runner: StageRunner | undefined
  readonly #epoch: () => number
  #lastEpoch: number | undefined
  #isLetGo = false

  constructor(slice: Slice, epoch: () => number) {
    this.slice = slice
    this.#epoch = epoch
  }

  get isLetGo(): boolean {
    return this.#isLetGo
  }

  readonly epoch = (): number => this.#lastEpoch ?? this.#epoch()

  /** Lets what is at work finish within the grace time, and commits what is finished. */
  async letGo(graceMs: number): Promise<void> {
    if (this.isLetGo) return
    const { runner } = this
    // Who takes longer than the engine waits may be given a newer epoch meanwhile, without this slice.
    this.#lastEpoch ??= this.#epoch()
    if (runner) await this.#drained(runner, graceMs)
    this.#isLetGo = true
    await runner?.close()
  }

  async #drained(runner: StageRunner, graceMs: number): Promise<void> {
    await runner.drain(graceMs)
    const closed = runner.close()
    // What another owns by now is refused.
    await runner.flush().catch((error: unknown) => { if (!(error instanceof FencedError)) throw error })
    await closed
  }
}

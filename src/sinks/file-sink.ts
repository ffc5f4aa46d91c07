// A file that appears whole or not at all. What is written waits in a folder beside it and is renamed to its place when the run has completed; until
// then the old file stays. Committed output is exactly once: after a crash, what comes again is passed over.
// Within one process writes may come from many partitions at once. Two processes must not write at the same time: the embedded engine's lock sees to it.
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BatchworkError, PermanentError } from '../model/errors.ts'
import type { Sink, SinkChunk } from '../sink.ts'
import { undelivered, withChunk } from './delivered.ts'
import { SinkError } from './sink-error.ts'
import { conditionOf, removeStage, Stage, SyncError } from './staging/stage.ts'

export interface Format<T> {
  /** `staged` is how many items were staged before, `state` what the last call returned. Throws PermanentError for an item it cannot hold. */
  encode(items: readonly T[], staged: number, state: unknown): { readonly text: string; readonly state?: unknown }
  /** The output of a run without items; undefined leaves what was there before. */
  readonly empty: string | undefined
}

export class FileSink<T> implements Sink<T> {
  readonly name: string
  readonly #format: Format<T>
  #stage: Stage | undefined
  #poison: SinkError | undefined
  #queue: Promise<unknown> = Promise.resolve()

  constructor(path: string, format: Format<T>) {
    this.name = path
    this.#format = format
  }

  write(chunk: SinkChunk<T>): Promise<void> {
    return this.#inTurn(() => this.#write(chunk))
  }

  finish(outcome: 'completed' | 'aborted'): Promise<void> {
    return this.#inTurn(() => outcome === 'completed' ? this.#publish() : this.#discard())
  }

  async #write(chunk: SinkChunk<T>): Promise<void> {
    const { subscription, partition, epoch, ranges } = chunk
    const stage = await this.#openStage()
    const before = stage.delivered(subscription, partition)
    const items = undelivered(chunk, before)
    if (withChunk(chunk, before) === before) return
    const { text, state } = items.length > 0 ? this.#format.encode(items, stage.items, stage.state) : { text: '', state: stage.state }
    await stage.add(Buffer.from(text), { subscription, partition, epoch, ranges, items: items.length, state })
  }

  async #openStage(): Promise<Stage> {
    if (this.#stage && await this.#stage.isCurrent()) return this.#stage
    const condition = await conditionOf(this.name)
    // A run that ended before this one was killed while it published.
    if (condition === 'finished') await this.#publish()
    if (condition === 'published') await removeStage(this.name)
    if (condition === 'none') await this.#checkTarget()
    return this.#stage = await Stage.open(this.name)
  }

  async #checkTarget(): Promise<void> {
    await mkdir(dirname(this.name), { recursive: true })
    if (await this.#targetIs('folder')) throw new SinkError(`${this.name} is a folder, but must be a file or not there yet; give another path`)
  }

  async #publish(): Promise<void> {
    const condition = await conditionOf(this.name)
    if (condition === 'published') return this.#discard()
    // Without a staged output this is either a run without items or the repetition of a finish that came through: never risk its result.
    if (condition === 'none' && (this.#format.empty === undefined || await this.#targetIs('file'))) return
    const stage = condition === 'finished' ? await Stage.open(this.name) : await this.#openStage()
    if (stage.items === 0 && this.#format.empty === undefined) return this.#discard()
    if (!stage.isFinished) {
      const text = stage.items === 0 ? this.#format.empty! : ''
      await stage.add(Buffer.from(text), { subscription: '', partition: 0, epoch: 0, ranges: [], items: 0, state: stage.state, finished: true })
    }
    await stage.publish(this.name)
    this.#stage = undefined
  }

  async #discard(): Promise<void> {
    this.#stage = undefined
    if (await conditionOf(this.name) !== 'none') await removeStage(this.name)
  }

  async #targetIs(kind: 'file' | 'folder'): Promise<boolean> {
    const found = await stat(this.name).catch(() => undefined)
    return found !== undefined && found.isDirectory() === (kind === 'folder')
  }

  /** One at a time. After an error the staged output is opened anew: what the failed write left is cut off. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const result = this.#queue.then(async () => {
      if (this.#poison) throw this.#poison
      try {
        await work()
      } catch (error) {
        throw this.#failed(error)
      }
    })
    this.#queue = result.catch(() => {})
    return result
  }

  #failed(error: unknown): unknown {
    // Nothing was written yet: the item, or the owner, was refused.
    if (error instanceof PermanentError || (error instanceof BatchworkError && error.code === 'FENCED')) return error
    this.#stage = undefined
    if (error instanceof BatchworkError) return error
    const failure = new SinkError(`${this.name} cannot be written: ${(error as Error).message}`, { cause: error })
    if (error instanceof SyncError) this.#poison = failure
    return failure
  }
}

// A file that appears whole or not at all. What is written waits in a folder beside it and is renamed to its place when the run has completed; until
// then the old file stays. Committed output is exactly once: after a crash, what comes again is passed over. What a run staged that never finished is
// discarded when another run begins; should it come back, it is refused, for it would not write again what it has committed.
// Within one process writes may come from many partitions at once. Two processes must not write at the same time: the embedded engine's lock sees to it.
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BatchworkError, PermanentError } from '../model/errors.ts'
import type { Sink, SinkChunk } from '../sink.ts'
import { isAllNew, undelivered, withChunk } from './delivered.ts'
import { SinkError } from './sink-error.ts'
import { discardStaged, isEarlier, pathsOf, publishedRun, retire, type StagePaths } from './staging/folder.ts'
import { beginRound } from './staging/round.ts'
import { findStage, Stage, SyncError } from './staging/stage.ts'

export interface Format<T> {
  /** `staged` is how many items were staged before, `state` what the last call returned. Throws PermanentError for an item it cannot hold. */
  encode(items: readonly T[], staged: number, state: unknown): { readonly text: string; readonly state?: unknown }
  /** The output of a run without items; undefined is no file. */
  readonly empty: string | undefined
  /** Whether it is one JSON value a line, so that what is stored so is taken as it is. */
  readonly isJsonLines?: boolean | undefined
  /** Whether a later round of a run adds to what the earlier one wrote, or replaces it. */
  readonly grows: boolean
}

export class FileSink<T> implements Sink<T> {
  readonly name: string
  readonly takesLines: boolean
  readonly #paths: StagePaths
  readonly #format: Format<T>
  #stage: Stage | undefined
  #poison: SinkError | undefined
  #queue: Promise<unknown> = Promise.resolve()

  constructor(path: string, format: Format<T>) {
    this.name = path
    this.takesLines = format.isJsonLines === true
    this.#paths = pathsOf(path)
    this.#format = format
  }

  write(chunk: SinkChunk<T>): Promise<void> {
    return this.#inTurn(() => this.#write(chunk))
  }

  finish(outcome: 'completed' | 'aborted', run: string): Promise<void> {
    return this.#inTurn(() => outcome === 'completed' ? this.#complete(run) : this.#abort(run))
  }

  async #write(chunk: SinkChunk<T>): Promise<void> {
    const { run, subscription, partition, epoch, ranges } = chunk
    const stage = await this.#stageOf(run)
    const before = stage.delivered(subscription, partition)
    const isNew = isAllNew(chunk, before)
    if (withChunk(chunk, before) === before) return
    const lines = isNew && this.takesLines ? chunk.lines : undefined
    const { text, items, state } = lines === undefined ? this.#encoded(undelivered(chunk, before), stage) : { text: lines, items: chunk.offsets.length, state: stage.state }
    await stage.add(Buffer.from(text), { subscription, partition, epoch, ranges, items, state })
  }

  #encoded(items: readonly T[], stage: Stage): { readonly text: string; readonly items: number; readonly state?: unknown } {
    const encoded = items.length > 0 ? this.#format.encode(items, stage.items, stage.state) : { text: '', state: stage.state }
    return { ...encoded, items: items.length }
  }

  async #complete(run: string): Promise<void> {
    const staged = await this.#staged()
    const isPublished = await publishedRun(this.#paths) === run
    if (isPublished && staged?.run !== run) return
    const stage = await this.#stageOf(run)
    // A later round that brought no item.
    if (isPublished && stage.items === 0) return this.#discard()
    const text = stage.items === 0 ? this.#format.empty ?? '' : ''
    await stage.add(Buffer.from(text), { subscription: '', partition: 0, epoch: 0, ranges: [], items: 0, state: stage.state, finished: true })
    await this.#publish(stage)
  }

  async #abort(run: string): Promise<void> {
    const staged = await this.#staged()
    if (staged?.run === run) await this.#discard()
    else if (staged && !await isEarlier(this.#paths, run)) await this.#displace(staged)
  }

  async #stageOf(run: string): Promise<Stage> {
    const staged = await this.#staged()
    if (staged?.run === run) return staged
    if (await isEarlier(this.#paths, run)) {
      throw new SinkError(`${this.name}: another run has written there since the run '${run}' did, so what '${run}' wrote is gone; start it anew`)
    }
    if (staged) await this.#displace(staged)
    return this.#stage = await publishedRun(this.#paths) === run ? await beginRound(this.name, this.#paths, this.#format.grows) : await this.#begin(run)
  }

  /** What waits to be finished. An output that was finished and not yet in its place, for the process was killed, goes there first. */
  async #staged(): Promise<Stage | undefined> {
    if (this.#stage && await this.#stage.isCurrent()) return this.#stage
    this.#stage = undefined
    const stage = await findStage(this.name, this.#paths)
    if (!stage?.isFinished) return this.#stage = stage
    await this.#publish(stage)
    return undefined
  }

  async #begin(run: string): Promise<Stage> {
    await mkdir(dirname(this.name), { recursive: true })
    if (await this.#isFolder()) throw new SinkError(`${this.name} is a folder, but must be a file or not there yet; give another path`)
    return Stage.open(this.name, this.#paths, run)
  }

  async #publish(stage: Stage): Promise<void> {
    await stage.publish(this.name, stage.items === 0 && this.#format.empty === undefined)
    this.#stage = undefined
  }

  async #displace({ run }: Stage): Promise<void> {
    await retire(this.#paths, run)
    await this.#discard()
  }

  async #discard(): Promise<void> {
    this.#stage = undefined
    await discardStaged(this.#paths)
  }

  async #isFolder(): Promise<boolean> {
    return (await stat(this.name).catch(() => undefined))?.isDirectory() === true
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

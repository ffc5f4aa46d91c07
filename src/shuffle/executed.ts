// Has an executor do the map and merge tasks of a stage: one of threads, or this thread itself where no other can import the pipeline, which is
// said once.
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Executor } from '../executor.ts'
import { fromWire } from '../executors/pool/wire-error.ts'
import type { Mapped, MapReducer, MapTask, MergeGroup, RunFile, RunPart, SumEntry } from '../map-reducer.ts'
import type { EncodedChunk } from '../model/chunk.ts'
import { BatchworkError, CrashedError } from '../model/errors.ts'
import type { Context, WorkerLog } from '../model/worker.ts'
import { soleKey } from './key-table.ts'
import { RunWriter } from './run-file.ts'
import { Sections } from './sections.ts'
import type { MappedMessage, ShuffleTask } from './worker.ts'

export interface ExecutedOptions {
  readonly stage: string
  readonly hash: string
  readonly isKeyed: boolean
  /** The stage's own; made where there is none. */
  readonly folder: string
  /** Tasks at once in `executor`. */
  readonly threads: number
  /** For the sums of all of them. */
  readonly memoryBytes: number
  readonly executor: Executor
  /** Takes over where a thread cannot import the pipeline. */
  readonly inline: () => Executor
  readonly log: WorkerLog
}

/** Run files of one merge group: what comes of it is in memory as a whole. */
const groupBytesMax = 8_000_000
/** A thread's share of the memory holds this many times the bytes of its sums as they are stored. */
const storedShare = 32
/** Attempts at a task that ends its thread. */
const attemptsMax = 2

export class ExecutedMapReducer implements MapReducer {
  readonly groupBytes: number
  readonly #options: ExecutedOptions
  #executor: Executor
  #capacity: number
  #isInline = false

  constructor(options: ExecutedOptions) {
    this.#options = options
    this.#executor = options.executor
    // One more than there are threads, so that none waits for the commit of what it did.
    this.#capacity = options.threads + 1
    this.groupBytes = Math.max(1, Math.min(groupBytesMax, Math.floor(options.memoryBytes / options.threads / storedShare)))
  }

  get capacity(): number {
    return this.#capacity
  }

  async map(task: MapTask, signal: AbortSignal): Promise<Mapped> {
    const memoryBytes = this.#options.memoryBytes / this.#options.threads / 2 // the other half is for the garbage of growing and writing
    const what = task.splits.length === 1 ? `split '${task.splits[0]!.split.id}'` : `splits '${task.splits[0]!.split.id}' to '${task.splits.at(-1)!.split.id}'`
    for (let attempt = 1; ; attempt++) {
      try {
        const named = { ...task, name: `${task.name}-${attempt}.run` }
        const mapped = (await this.#do({ ...this.#base, kind: 'map', task: named, memoryBytes }, signal)) as MappedMessage
        return { ...mapped, failures: mapped.failures.map(failure => ({ ...failure, error: fromWire(failure.error) })) }
      } catch (error) {
        if (!(error instanceof CrashedError)) throw error
        if (attempt === attemptsMax) throw new BatchworkError('CRASHED', `stage '${this.#options.stage}': the thread that read ${what} of '${task.input}' ended ${attempt} times: ${error.message}. Try that part alone; if it ran out of memory, give 'memory' a smaller size`, { cause: error })
      }
    }
  }

  async merge(group: MergeGroup, sections: readonly (readonly RunPart[])[], signal: AbortSignal): Promise<readonly EncodedChunk[]> {
    return (await this.#do({ ...this.#base, kind: 'merge', group, sections }, signal)) as readonly EncodedChunk[]
  }

  async spill(name: string, entries: readonly SumEntry[]): Promise<RunFile> {
    const { folder, isKeyed } = this.#options
    const writer = new RunWriter(join(folder, name))
    try {
      const sections = new Sections()
      for (const [key, sum] of entries) sections.append(isKeyed ? (JSON.parse(key) as string | number) : soleKey, sum)
      writer.write(sections)
      return writer.finish()!
    } finally {
      writer.close()
    }
  }

  async keepOnly(files: readonly string[]): Promise<void> {
    const { folder } = this.#options
    await mkdir(folder, { recursive: true })
    const kept = new Set(files)
    for (const file of await readdir(folder)) if (!kept.has(file)) await rm(join(folder, file), { force: true })
  }

  close(): Promise<void> {
    return this.#executor.close()
  }

  get #base() {
    return { hash: this.#options.hash, folder: this.#options.folder }
  }

  async #do(task: ShuffleTask, signal: AbortSignal): Promise<unknown> {
    const executor = this.#executor
    try {
      return await this.#start(executor, task, signal)
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'NOT_IMPORTABLE') throw error
      await this.#goInline(error as Error)
      return this.#start(this.#executor, task, signal)
    }
  }

  #start(executor: Executor, task: ShuffleTask, signal: AbortSignal): Promise<unknown> {
    return new Promise((settle, fail) => executor.start({ value: task, context: this.#context(signal), settle, fail }))
  }

  async #goInline({ message }: Error): Promise<void> {
    if (this.#isInline) return
    this.#isInline = true
    this.#capacity = 1
    const threaded = this.#executor
    this.#executor = this.#options.inline()
    this.#options.log.warn(`'${this.#options.stage}' maps and reduces on the main thread alone: ${message}. Export the pipeline from a module that does nothing else when it is imported`)
    await threaded.close()
  }

  #context(signal: AbortSignal): Context {
    const { stage, log } = this.#options
    return {
      id: stage, key: undefined, time: new Date(0), headers: {}, origin: stage, attempt: 1, attempts: attemptsMax, stage, shard: undefined, signal, log, progress: () => {},
    }
  }
}

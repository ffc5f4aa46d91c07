// What is done with one item: it is read from its source, given to one worker after the other, and its result kept.
import { setTimeout as wait } from 'node:timers/promises'
import { ItemGoneError } from '../item-gone-error.ts'
import { PermanentError, TimeoutError } from '../../model/errors.ts'
import type { Context } from '../../model/worker.ts'
import { runCommand, type CommandSetting } from '../../executors/command/run.ts'
import type { ItemSource } from '../item-source.ts'
import type { QueueRecord, TakenItem } from './queue-record.ts'
import type { ResultFolder } from './result-folder.ts'
import type { Stopwatch } from './stopwatch.ts'
import type { WorkFolders } from './work-folder.ts'
import { workerScript } from './worker-script.ts'

export interface ItemWorkerOptions {
  /** Shell commands, in order: each gets the result of the one before. */
  readonly workers: readonly string[]
  readonly timeoutMs?: number | undefined
  readonly memoryBytes?: number | undefined
  readonly cpu?: number | undefined
  readonly environment: Readonly<Record<string, string>>
}

export interface ItemWorkerPlaces {
  readonly source: ItemSource
  readonly record: QueueRecord
  readonly folders: WorkFolders
  readonly results: ResultFolder | undefined
  readonly stopwatch: Stopwatch
}

/** While the source is out of reach an item waits, which is no failure of its own. */
const outageDelayMs = { first: 1_000, max: 30_000 }

export class ItemWorker {
  readonly #options: ItemWorkerOptions
  readonly #places: ItemWorkerPlaces
  readonly #scripts: readonly { readonly name: string; readonly text: string }[]
  #isOutageTold = false

  constructor(options: ItemWorkerOptions, places: ItemWorkerPlaces) {
    this.#options = options
    this.#places = places
    this.#scripts = options.workers.map(worker => ({ name: worker, text: workerScript(worker, options) }))
  }

  async work(item: TakenItem, context: Context): Promise<void> {
    const { results, record, stopwatch } = this.#places
    try {
      const data = item.data === undefined ? await this.#read(item.name, context) : item.data
      const result = await stopwatch.time(() => this.#places.folders.within(folder => this.#runAll(data, folder, context)))
      if (result !== undefined) await results?.keep(item.name, result)
    } catch (error) {
      if (!(error instanceof ItemGoneError)) throw error
      context.log.warn(error.message)
      await record.forget(item.name)
    }
  }

  async #read(name: string, { signal, log }: Context): Promise<unknown> {
    for (let delayMs = outageDelayMs.first; ; delayMs = Math.min(outageDelayMs.max, delayMs * 2)) {
      try {
        const data = await this.#places.source.read(name, signal)
        this.#isOutageTold = false
        return data
      } catch (error) {
        if (error instanceof ItemGoneError || error instanceof PermanentError || signal.aborted) throw error
        if (!this.#isOutageTold) log.warn(`items cannot be read and wait until they can: ${(error as Error).message}`)
        this.#isOutageTold = true
        await wait(delayMs, undefined, { signal })
      }
    }
  }

  /** What the last worker left; undefined where none left anything. */
  async #runAll(data: unknown, folder: string, context: Context): Promise<unknown> {
    const setting: CommandSetting = { folder, environment: { ...this.#options.environment, TMPDIR: folder }, limits: limitsOf(this.#options) }
    let result: unknown
    for (const script of this.#scripts) {
      const left = await this.#run(script, result === undefined ? data : result, { ...setting, name: script.name }, context)
      if (left !== undefined) result = left
    }
    return result
  }

  async #run(script: { readonly text: string }, item: unknown, setting: CommandSetting, { signal, stage }: Context): Promise<unknown> {
    const { timeoutMs } = this.#options
    if (timeoutMs === undefined) return runCommand('sh', ['-c', script.text], item, { signal }, setting)
    const deadline = AbortSignal.timeout(timeoutMs)
    try {
      return await runCommand('sh', ['-c', script.text], item, { signal: AbortSignal.any([signal, deadline]) }, setting)
    } catch (error) {
      throw deadline.aborted && !signal.aborted ? new TimeoutError(stage, timeoutMs) : error
    }
  }
}

function limitsOf({ memoryBytes, cpu }: ItemWorkerOptions): CommandSetting['limits'] {
  return memoryBytes === undefined && cpu === undefined ? undefined : { memoryBytes, cpu }
}

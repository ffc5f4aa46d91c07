// How a run ends in this process: completed or stopped for all that share it where this one leads, or for this one alone.
import { BatchworkError, FencedError } from '../model/errors.ts'
import type { RunRecord, RunStatus } from './control.ts'
import type { Lead } from './lead.ts'
import type { SliceMaker } from './slice-maker.ts'
import type { Stages } from './stages.ts'
import type { RunResult } from './verdict.ts'

export interface RunEndOptions {
  readonly isShared: boolean
  readonly stages: Stages
  readonly lead: Lead
  readonly maker: SliceMaker
  /** 0 where this process has no part in it. */
  readonly epoch: () => number
  readonly record: () => RunRecord
  readonly isAlone: () => Promise<boolean>
  /** Gives up this process's part. */
  readonly leave: () => Promise<void>
}

export class RunEnd {
  readonly finished: Promise<RunResult>
  readonly #options: RunEndOptions
  readonly #abort = new AbortController()
  readonly #finish = Promise.withResolvers<RunResult>()
  #isStopping = false
  #isOver = false

  constructor(options: RunEndOptions) {
    this.#options = options
    this.finished = this.#finish.promise
    this.finished.catch(() => {})
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** This process leaves the run as it is, for others or for later. */
  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Aborted when it is over. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  beginStop(): void {
    this.#isStopping = true
  }

  fail(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = this.#isStopping = true
    this.#abort.abort(error)
    const reasons = [error instanceof Error ? error.message : String(error)]
    void this.#close('stopped', reasons).catch(() => {}).then(() => this.#options.leave()).catch(() => {}).then(() => this.#finish.reject(error))
  }

  /** Who waits for the run hears of it if its end fails. */
  because({ status, reasons }: RunResult): void {
    this.end(status, reasons).catch(() => {})
  }

  async end(status: RunStatus, reasons: readonly string[]): Promise<RunResult> {
    if (this.#isOver) return this.finished
    this.#isOver = true
    this.#options.lead.end()
    this.#abort.abort(new DOMException('the run is over', 'AbortError'))
    try {
      await this.#finishWork(status, reasons)
      this.#forgetOwnCounts()
      this.#finish.resolve({ status, reasons })
    } catch (error) {
      await this.#options.leave().catch(() => {})
      this.#forgetOwnCounts()
      this.#endedBy(error, { status, reasons })
    }
    return this.finished
  }

  async #finishWork(status: RunStatus, reasons: readonly string[]): Promise<void> {
    const { stages, maker, leave } = this.#options
    const runners = [...stages.runners]
    await Promise.all(runners.map(runner => runner.close()))
    await Promise.all(runners.map(runner => runner.flush()))
    await this.#close(status, reasons)
    // Nothing can be redriven, so no result will be put right.
    if (status === 'completed') await Promise.all(maker.mapReducers.map(mapReducer => mapReducer.keepOnly([])))
    await leave()
  }

  #endedBy(error: unknown, result: RunResult): void {
    const isDead = this.#options.isShared && error instanceof FencedError
    if (isDead && this.#isStopping) this.#finish.resolve(result)
    else this.#finish.reject(isDead ? new BatchworkError('TAKEN_FOR_DEAD', 'the other processes of this run took this one for dead, and go on without it; the same command takes part again', { cause: error }) : error)
  }

  /** Who was taken for dead meanwhile has counts of its own that are not true any more. */
  #forgetOwnCounts(): void {
    if (this.#options.isShared) this.#options.stages.clear()
  }

  /** A run that others go on with is not closed. */
  async #close(status: RunStatus, reasons: readonly string[]): Promise<void> {
    const { isShared, lead, epoch, record, isAlone } = this.#options
    if (epoch() <= 0 || record().isClosed) return
    if (isShared && (!lead.isLeading || (this.#isStopping && !(await isAlone())))) return lead.handOver()
    await lead.close(status, reasons)
  }
}

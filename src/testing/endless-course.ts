// The course of a pipeline that is started and never ends by itself: begun again after each fault, stopped while something is still published
// or soon after, begun once more without faults, and stopped for good when nothing is left.
import type { RunReport, Running } from '../client/client.ts'
import { BatchworkError } from '../model/errors.ts'
import { processesMax } from './course.ts'
import type { Operator } from './operator.ts'
import type { Processes } from './processes.ts'
import type { World } from './world.ts'

export interface EndlessCourseOptions {
  /** Resolves when nothing more is published. */
  readonly published: Promise<void>
  /** Items that stages have not done with. */
  readonly left: () => number
}

/** From the start, or from the last publication, until it is stopped the first time, at most. */
const stopWithinMs = 3_000
/** How often, and how many times, it is looked whether something is left. */
const lookEveryMs = 20_000
const looksMax = 1_000

export class EndlessCourse {
  readonly #world: World
  readonly #processes: Processes
  readonly #operator: Operator
  readonly #options: EndlessCourseOptions
  #running: Running<any> | undefined

  constructor(world: World, processes: Processes, operator: Operator, options: EndlessCourseOptions) {
    this.#world = world
    this.#processes = processes
    this.#operator = operator
    this.#options = options
  }

  async run(): Promise<RunReport<any>> {
    const { faults } = this.#world
    const { published } = this.#options
    const stopAfterMs = faults.below(stopWithinMs)
    await this.#untilStopped(faults.random() < 0.5 ? this.#pass(stopAfterMs) : published.then(() => this.#pass(stopAfterMs)))
    faults.disarm()
    await this.#operator.resumeAll()
    return this.#untilStopped(published.then(() => this.#drained()))
  }

  /** In process after process, until one was stopped when it was time to. */
  async #untilStopped(enough: Promise<void>): Promise<RunReport<any>> {
    let isEnough = false
    void enough.then(() => { isEnough = true }, () => {})
    while (this.#processes.count < processesMax) {
      const ended = this.#processes.next({ isEndless: true, onBegun: running => this.#begun(running, enough) })
      const report = await Promise.race([ended, enough.then(() => ended)]) // where it is never enough, that is what is thrown
      if (report && isEnough) return report
    }
    throw new BatchworkError('STUCK', `${processesMax} processes ran one after the other, and could not be stopped`)
  }

  #begun(running: Running<any>, enough: Promise<void>): void {
    this.#running = running
    enough.then(() => running.stop({ grace: '10s' })).catch(() => {})
  }

  /** Of a source it is not stored what of it was taken and not done: some of it is at work then. */
  get #isDrained(): boolean {
    const counts = Object.values(this.#running?.progress().stages ?? {})
    return counts.length > 0 && counts.every(({ inFlight }) => inFlight === 0) && this.#options.left() === 0
  }

  /** What is given on every so often is given after nothing is left, so it is looked twice. */
  async #drained(): Promise<void> {
    let emptyLooks = 0
    for (let looks = 0; looks < looksMax; looks++) {
      emptyLooks = this.#isDrained ? emptyLooks + 1 : 0
      if (emptyLooks > 1) return
      await this.#pass(lookEveryMs)
    }
    throw new BatchworkError('STUCK', `nothing goes wrong any more, and ${this.#options.left()} items are left after ${(looksMax * lookEveryMs) / 60_000} minutes`)
  }

  #pass(ms: number): Promise<void> {
    return new Promise(resolve => this.#world.clock.after(ms, resolve))
  }
}

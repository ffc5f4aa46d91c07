// The course of simulated runs: the same command again and again, in process after process, until it has nothing left to do.
import type { RunReport } from '../client/client.ts'
import { BatchworkError } from '../model/errors.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Operator } from './operator.ts'
import type { Processes } from './processes.ts'
import type { World } from './world.ts'

export interface CourseOptions {
  /** What the pipeline file becomes in the middle of the run. */
  readonly upgrade?: Pipeline<any, any> | undefined
  readonly onUpgrade?: (() => void) | undefined
  /** Called when the run is complete: whatever it mends, the stages it names are redriven, and the same command goes on in another round. */
  readonly mend?: ((failed: readonly string[]) => readonly string[]) | undefined
}

/** Processes of one trial. */
export const processesMax = 1_000
/** Rounds after a run was complete. */
const roundsMax = 2

export class Course {
  readonly #world: World
  readonly #processes: Processes
  readonly #operator: Operator
  readonly #options: CourseOptions
  #rounds = 1
  #redrives = 0
  #isUpgraded = false
  #isQuiet = false
  /** Someone sends back what failed before the cause is mended: it fails again. */
  #redrivesInVain: boolean

  constructor(world: World, processes: Processes, operator: Operator, options: CourseOptions) {
    this.#world = world
    this.#processes = processes
    this.#operator = operator
    this.#options = options
    this.#redrivesInVain = world.faults.has('command') && world.faults.random() < 0.5
  }

  get redrives(): number {
    return this.#redrives + this.#operator.redrives
  }

  get isUpgraded(): boolean {
    return this.#isUpgraded
  }

  /** One run, to its end. */
  async run(): Promise<RunReport<any>> {
    this.#arm()
    while (this.#processes.count < processesMax) {
      if (this.#processes.count > 0 && this.#options.upgrade) this.#upgrade()
      const report = await this.#processes.next({ isEndless: false, upgrade: this.#isUpgraded ? this.#options.upgrade : undefined })
      if (report && (await this.#isOver(report))) return report
    }
    throw new BatchworkError('STUCK', `${processesMax} processes ran one after the other, and the run did not end`)
  }

  /** From now on every process has the new file. */
  #upgrade(): void {
    if (!this.#isUpgraded) this.#options.onUpgrade?.()
    this.#isUpgraded = true
  }

  async #isOver(report: RunReport<any>): Promise<boolean> {
    if (report.outcome === 'stopped') return this.#staysStopped(report)
    const failed = failedIn(report.stages)
    if (this.#redrivesInVain && failed.length > 0) {
      this.#redrivesInVain = false
      return this.#goOn(failed)
    }
    if (!this.#options.mend || this.#rounds >= roundsMax) return true
    const chosen = this.#options.mend(failed)
    if (chosen.length === 0) return true
    this.#rounds++
    return this.#goOn(chosen)
  }

  /** In another round, with the dead letters of these stages. */
  async #goOn(stages: readonly string[]): Promise<false> {
    this.#arm()
    this.#redrives += await this.#operator.redrive(stages)
    return false
  }

  /** Whether the pipeline itself says so, and says it again when nothing goes wrong any more. */
  async #staysStopped({ reasons, stages }: RunReport<any>): Promise<boolean> {
    if (this.#processes.isStopped && this.#world.faults.has('command') && this.#world.faults.random() < 0.5) this.#redrives += await this.#operator.redrive(failedIn(stages))
    if (reasons.some(reason => reason.includes('is paused; resume it'))) await this.#operator.resumeAll()
    else if (!this.#processes.isStopped && this.#isQuiet) return true
    if (!this.#processes.isStopped) this.#quiet()
    return false
  }

  #arm(): void {
    this.#world.faults.arm()
    this.#isQuiet = this.#world.faults.isNone
  }

  #quiet(): void {
    this.#isQuiet = true
    this.#world.faults.disarm()
  }
}

function failedIn(stages: RunReport<any>['stages']): readonly string[] {
  return Object.entries(stages).filter(([, counts]) => counts.failed > 0).map(([stage]) => stage)
}

// The course of one simulated run: the same command again and again, in process after process, until it has nothing left to do.
import type { RunReport } from '../client/client.ts'
import { BatchworkError } from '../model/errors.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { planFor } from '../client/run-pipeline.ts'
import { Operator } from './operator.ts'
import { InjectedError, type SimulatedProcess } from './simulated-process.ts'
import type { StandIns } from './stand-ins.ts'
import type { World } from './world.ts'

export interface CourseOptions {
  readonly params?: unknown
  readonly upgrade?: Pipeline<any, any> | undefined
  readonly onUpgrade?: (() => void) | undefined
  readonly mend?: ((failed: readonly string[]) => readonly string[]) | undefined
}

/** Processes of one trial. */
const processesMax = 1_000
/** Rounds after a run was complete. */
const roundsMax = 2

export class Course {
  readonly #world: World
  readonly #standIns: StandIns
  readonly #options: CourseOptions
  readonly #operator: Operator
  #crashes = 0
  #processes = 0
  #rounds = 1
  #redrives = 0
  #isUpgraded = false
  #isStopped = false
  #isQuiet = false
  /** Someone sends back what failed before the cause is mended: it fails again. */
  #redrivesInVain: boolean

  constructor(world: World, pipeline: Pipeline<any, any>, standIns: StandIns, options: CourseOptions) {
    this.#world = world
    this.#isQuiet = world.faults.isNone
    this.#redrivesInVain = world.faults.has('command') && world.faults.random() < 0.5
    this.#standIns = standIns
    this.#options = options
    const stages = world.faults.has('command') ? planFor(pipeline, options.params).stages.map(({ name }) => name) : []
    this.#operator = new Operator({ log: world.bystander().log, clock: world.clock, random: world.faults.random, pipeline: pipeline.name, stages })
    world.onCommand = () => this.#operator.act()
  }

  get crashes(): number {
    return this.#crashes
  }

  get processes(): number {
    return this.#processes
  }

  get redrives(): number {
    return this.#redrives + this.#operator.redrives
  }

  get isUpgraded(): boolean {
    return this.#isUpgraded
  }

  async run(): Promise<RunReport<any>> {
    while (this.#processes < processesMax) {
      this.#isStopped = false
      const report = await this.#inProcess()
      if (report && (await this.#isOver(report))) return report
    }
    throw new BatchworkError('STUCK', `${processesMax} processes ran one after the other, and the run did not end`)
  }

  /** Nothing where the process died, was taken for dead, or failed by a fault. */
  async #inProcess(): Promise<RunReport<any> | undefined> {
    const process = this.#world.process()
    this.#processes++
    if (this.#processes > 1 && this.#options.upgrade) this.#upgrade()
    const running = this.#runIn(process)
    running.catch(() => {})
    try {
      const ended = await Promise.race([running, process.gone])
      if (ended === 'died') this.#crashes++
      return typeof ended === 'string' ? undefined : ended
    } catch (error) {
      // A process that has lost track of its log may hear of it from the log first.
      if (!(error instanceof InjectedError) && (error as { readonly code?: string }).code !== 'CRASHED') throw error
      // Its process ends: the lock it may still have goes with it.
      process.crash()
      return undefined
    }
  }

  /** From now on every process has the new file. */
  #upgrade(): void {
    if (!this.#isUpgraded) this.#options.onUpgrade?.()
    this.#isUpgraded = true
  }

  async #runIn(process: SimulatedProcess): Promise<RunReport<any>> {
    const { params, upgrade } = this.#options
    const file = this.#isUpgraded ? upgrade : undefined
    let stop: (() => void) | undefined
    process.onStop = () => {
      this.#isStopped = true
      stop?.()
    }
    const running = await this.#world.client(process).begin(this.#standIns.of(process, file), { params, upgrade: this.#isUpgraded }, false)
    stop = () => void running.stop({ grace: '10s' }).catch(() => {})
    if (this.#isStopped) stop()
    return running.finished
  }

  async #isOver(report: RunReport<any>): Promise<boolean> {
    if (report.outcome === 'stopped') return this.#staysStopped(report)
    const failed = Object.entries(report.stages).filter(([, counts]) => counts.failed > 0).map(([stage]) => stage)
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
    this.#world.faults.arm()
    this.#isQuiet = this.#world.faults.isNone
    this.#redrives += await this.#operator.redrive(stages)
    return false
  }

  /** Whether the pipeline itself says so, and says it again when nothing goes wrong any more. */
  async #staysStopped({ reasons }: RunReport<any>): Promise<boolean> {
    if (reasons.some(reason => reason.includes('is paused; resume it'))) await this.#operator.resumeAll()
    else if (!this.#isStopped && this.#isQuiet) return true
    if (!this.#isStopped) this.#quiet()
    return false
  }

  #quiet(): void {
    this.#isQuiet = true
    this.#world.faults.disarm()
  }
}

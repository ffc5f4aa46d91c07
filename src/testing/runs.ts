// The runs of a simulation: one, one after the other until all that was published is taken, or one that never ends by itself.
import type { RunReport } from '../client/client.ts'
import { planFor } from '../client/run-pipeline.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { Application, type Publication } from './application.ts'
import { Course, type CourseOptions } from './course.ts'
import { EndlessCourse } from './endless-course.ts'
import { Operator } from './operator.ts'
import { Processes } from './processes.ts'
import type { StandIns } from './stand-ins.ts'
import type { World } from './world.ts'

/** `left`: items that stages have not done with. */
export type Manner = { readonly kind: 'once' | 'again' } | { readonly kind: 'endless'; readonly left: () => number }

export interface RunsOptions extends CourseOptions {
  readonly params?: unknown
  /** Published while it runs. */
  readonly publications?: readonly Publication[] | undefined
  /**
   * 'again': one run after the other, until one took all that was published. 'endless': it is started, and stopped when all is published and nothing
   * is left. Default: one run.
   */
  readonly manner?: Manner | undefined
}

/** Runs while something is still published; the next waits until all is. */
const runsMeanwhileMax = 2

export class Runs {
  readonly #world: World
  readonly #manner: Manner
  readonly #application: Application
  readonly #processes: Processes
  readonly #operator: Operator
  readonly #course: Course

  constructor(world: World, pipeline: Pipeline<any, any>, standIns: StandIns, options: RunsOptions) {
    this.#world = world
    this.#manner = options.manner ?? { kind: 'once' }
    this.#processes = new Processes(world, standIns, options.params)
    const stages = world.faults.has('command') ? planFor(pipeline, options.params).stages.map(({ name }) => name) : []
    this.#operator = new Operator({ log: world.bystander().log, clock: world.clock, random: world.faults.random, pipeline: pipeline.name, stages })
    this.#course = new Course(world, this.#processes, this.#operator, options)
    this.#application = new Application(world, options.publications ?? [])
    world.onCommand = () => this.#operator.act()
  }

  /** Of all processes together. */
  get facts(): { readonly crashes: number; readonly processes: number; readonly redrives: number; readonly isUpgraded: boolean; readonly duplicates: number } {
    return {
      crashes: this.#processes.crashes, processes: this.#processes.count, redrives: this.#course.redrives, isUpgraded: this.#course.isUpgraded,
      duplicates: this.#application.duplicates,
    }
  }

  async *reports(): AsyncGenerator<RunReport<any>> {
    if (this.#manner.kind === 'endless') yield this.#endless(this.#manner.left)
    else if (this.#manner.kind === 'again') yield* this.#again()
    else yield this.#course.run()
    await this.#application.finished
  }

  #endless(left: () => number): Promise<RunReport<any>> {
    return new EndlessCourse(this.#world, this.#processes, this.#operator, { left, published: this.#application.finished }).run()
  }

  /** What is published while a run goes on is the next one's: the last one begins when all is. */
  async *#again(): AsyncGenerator<RunReport<any>> {
    for (let runs = 1; ; runs++) {
      if (runs > runsMeanwhileMax || (runs > 1 && this.#world.faults.random() < 0.5)) await this.#application.finished
      const isLast = this.#application.isFinished
      yield await this.#course.run()
      if (isLast) return
    }
  }
}

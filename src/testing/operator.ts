// A person at another terminal, while the run goes on: pauses stages, resumes them, sends dead letters back, sets what cannot wait.
import { pauseIn, redriveIn } from '../client/commands.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { commandsTopicSpec, say, type Command } from '../runtime/commands.ts'
import type { Random } from '../reducers/seeded-random.ts'

export interface OperatorOptions {
  readonly log: Log
  readonly clock: Clock
  readonly random: Random
  readonly pipeline: string
  readonly stages: readonly string[]
}

const pauseMsMax = 5_000

export class Operator {
  readonly #options: OperatorOptions
  readonly #paused = new Set<string>()
  #commands = 0
  #redrives = 0

  constructor(options: OperatorOptions) {
    this.#options = options
  }

  /** How often items may have been sent back. */
  get redrives(): number {
    return this.#redrives
  }

  /** Says one thing to whichever process runs the pipeline. */
  act(): void {
    const { random, stages, clock } = this.#options
    const stage = stages[Math.floor(random() * stages.length)]
    if (stage === undefined) return
    if (random() < 0.5) {
      this.#redrives++
      return this.#say({ ...this.#address(stage), kind: 'redrive', selection: {} })
    }
    this.#paused.add(stage)
    this.#say({ ...this.#address(stage), kind: 'pause' })
    clock.after(random() * pauseMsMax, () => this.#say({ ...this.#address(stage), kind: 'resume' }))
  }

  /** Between two processes: whatever is paused goes on. */
  async resumeAll(): Promise<void> {
    for (const stage of this.#paused) await pauseIn(this.#options.log, `${this.#options.pipeline}/${stage}`, undefined, false)
    this.#paused.clear()
  }

  /** Between two processes. */
  async redrive(stages: readonly string[]): Promise<number> {
    let count = 0
    for (const stage of stages) count += await redriveIn(this.#options.log, `${this.#options.pipeline}/${stage}`, {}, this.#options.clock)
    return count
  }

  #address(stage: string): Pick<Command, 'id' | 'pipeline' | 'stage'> {
    return { id: `command ${++this.#commands}`, pipeline: this.#options.pipeline, stage }
  }

  #say(command: Command): void {
    const { log } = this.#options
    void log.createTopics([commandsTopicSpec]).then(() => say(log, command))
  }
}

// The stages of a run as wholes: what runs in this process, together with what the owners of other lanes have committed.
import type { Plan, StagePlan } from '../plan/plan.ts'
import { addCounters, type Counters } from './counts.ts'
import type { RunState } from './run-state.ts'
import type { Part } from './part.ts'
import { holdingsOf, slicesOf, type Holding, type Slice } from './slices.ts'
import type { StageRunner } from './stage-runner.ts'

export interface StagesOptions {
  readonly plan: Plan
  readonly state: RunState
  readonly round: () => number
  readonly isShared: boolean
  /** What this process takes part in. */
  readonly part: Part
}

export class Stages {
  readonly #options: StagesOptions
  readonly #slices: ReadonlyMap<string, readonly Slice[]>
  readonly #runners = new Map<string, StageRunner>()

  constructor(options: StagesOptions) {
    this.#options = options
    this.#slices = new Map(options.plan.stages.map(stage => [stage.name, slicesOf(stage, options.isShared)]))
  }

  /** Those of this process. */
  get runners(): Iterable<StageRunner> {
    return this.#runners.values()
  }

  get slices(): readonly Slice[] {
    return [...this.#slices.values()].flat()
  }

  get holdings(): readonly Holding[] {
    return holdingsOf(this.#options.plan, this.#slices)
  }

  add({ key }: Slice, runner: StageRunner): void {
    this.#runners.set(key, runner)
  }

  remove({ key }: Slice): void {
    this.#runners.delete(key)
  }

  /** What is said of the run from now on is what is committed. */
  clear(): void {
    this.#runners.clear()
  }

  runner(key: string): StageRunner | undefined {
    return this.#runners.get(key)
  }

  countersOf(stage: string): Counters {
    const sum = this.#options.state.redrivenOf(stage)
    for (const { key } of this.#slices.get(stage)!) addCounters(sum, this.#runners.get(key)?.counters ?? this.#options.state.countersOf(key))
    return sum
  }

  /** Given up on; here, committed or not. */
  failedOf(stage: string): number {
    return this.#slices.get(stage)!.reduce((sum, { key }) => sum + (this.#runners.get(key)?.failed ?? this.#options.state.countersOf(key).failed), this.#options.state.redrivenOf(stage).failed)
  }

  hasEnded(stage: string): boolean {
    return this.#slices.get(stage)!.every(slice => this.hasSliceEnded(slice))
  }

  /** Whether any lane of it has. */
  hasAnyEnded(stage: string): boolean {
    const { state, round } = this.#options
    return this.#slices.get(stage)!.some(slice => this.hasSliceEnded(slice) || slice.lanes.some(lane => state.hasEnded(stage, lane, round())))
  }

  get haveAllEnded(): boolean {
    return this.#options.plan.stages.every(({ name }) => this.hasEnded(name))
  }

  /** All have ended, and here nothing is at work: a stage that had ended may have got redriven items since. */
  get areAllDone(): boolean {
    return this.haveAllEnded && this.#every(runner => runner.isIdle)
  }

  /** Whether nothing goes on by itself, here and as far as the others say. */
  areAllStuck(mayRun: (stage: StagePlan) => readonly boolean[]): boolean {
    const { state } = this.#options
    return this.areOwnStuck(mayRun) && this.slices.every(slice => this.#runners.has(slice.key) || this.hasSliceEnded(slice) || state.isResting(slice.key))
  }

  areOwnStuck(mayRun: (stage: StagePlan) => readonly boolean[]): boolean {
    return this.#every(runner => (runner.isEnded && runner.isIdle) || runner.isStuck(mayRun(runner.plan)))
  }

  /** Of this process, those that have not ended. */
  get restingSlices(): readonly Slice[] {
    return this.slices.filter(slice => this.#runners.has(slice.key) && !this.hasSliceEnded(slice))
  }

  /** Not known to rest: it has work, or may get some. */
  isBusy(slice: Slice, mayRun: (stage: StagePlan) => readonly boolean[]): boolean {
    const runner = this.#runners.get(slice.key)
    if (!runner) return !this.hasSliceEnded(slice) && !this.#options.state.isResting(slice.key)
    return !(runner.isEnded && runner.isIdle) && !runner.isStuck(mayRun(runner.plan))
  }

  /** Whether there is a stage that this process has nothing of to do, and of which others have more than one slice that it might have. */
  isHungry(mayRun: (stage: StagePlan) => readonly boolean[]): boolean {
    for (const all of this.#slices.values()) {
      const slices = all.filter(this.#options.part.takes)
      const busy = slices.length > 1 ? slices.filter(slice => this.isBusy(slice, mayRun)) : []
      if (busy.length > 1 && busy.every(({ key }) => !this.#runners.has(key))) return true
    }
    return false
  }

  #every(holds: (runner: StageRunner) => boolean): boolean {
    for (const runner of this.#runners.values()) if (!holds(runner)) return false
    return true
  }

  hasSliceEnded({ stage, lanes, key }: Slice): boolean {
    return this.#runners.get(key)?.isEnded ?? lanes.every(lane => this.#options.state.hasEnded(stage.name, lane, this.#options.round()))
  }
}

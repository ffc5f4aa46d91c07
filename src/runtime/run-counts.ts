// What a run shows of its stages: counts, and which have ended.
import type { Plan, StagePlan } from '../plan/plan.ts'
import type { Backlog } from './backlog.ts'
import { shownCounts, type StageCounts } from './counts.ts'
import { subscriptionOf, type RunNames } from './names.ts'
import type { Stages } from './stages.ts'

export class RunCounts {
  readonly #plan: Plan
  readonly #names: RunNames
  readonly #stages: Stages
  readonly #backlog: Backlog

  constructor(plan: Plan, names: RunNames, stages: Stages, backlog: Backlog) {
    this.#plan = plan
    this.#names = names
    this.#stages = stages
    this.#backlog = backlog
  }

  get byStage(): Readonly<Record<string, StageCounts>> {
    return Object.fromEntries(this.#plan.stages.map(stage => [stage.name, this.#of(stage)]))
  }

  /** Stages that have nothing more to do in this round. */
  get ended(): ReadonlySet<string> {
    return new Set(this.#plan.stages.map(({ name }) => name).filter(name => this.#stages.hasEnded(name)))
  }

  /** Stages that ended though not all they took is done or failed. There should be none. */
  get unaccounted(): readonly string[] {
    return [...this.ended].filter(stage => {
      const { units, done, failed } = this.#stages.countersOf(stage)
      return units !== done + failed
    })
  }

  #of(stage: StagePlan): StageCounts {
    const inFlight = [...this.#stages.runners].reduce((sum, runner) => sum + (runner.plan === stage ? runner.inFlight : 0), 0)
    const waiting = stage.inputs.reduce((sum, input) => sum + (input.from.kind === 'source' ? 0 : this.#backlog.waiting(this.#names.topic(input.from.topic), subscriptionOf(this.#names, stage, input))), 0)
    return { ...shownCounts(this.#stages.countersOf(stage.name)), inFlight, waiting }
  }
}

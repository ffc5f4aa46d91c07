// The barriers of a run: which are open, which may open, which stay shut and why. Once open, a barrier never shuts.
import type { StateChange } from '../log.ts'
import { exceeds } from '../model/values.ts'
import type { BarrierPlan, Plan } from '../plan/plan.ts'
import { totalOf, type Counters } from './counts.ts'

export interface BarriersOptions {
  readonly store: string
  readonly now: () => number
  readonly countersOf: (stage: string) => Readonly<Counters>
  readonly hasEnded: (stage: string) => boolean
}

export class Barriers {
  readonly #plan: Plan
  readonly #options: BarriersOptions
  readonly #open = new Set<string>()
  readonly #opening = new Set<string>()

  constructor(plan: Plan, options: BarriersOptions) {
    this.#plan = plan
    this.#options = options
  }

  isOpen(barrier: string): boolean {
    return this.#open.has(barrier)
  }

  get isOpening(): boolean {
    return this.#opening.size > 0
  }

  noteOpen(barrier: string): void {
    this.#open.add(barrier)
  }

  /** Barriers that failures keep from opening. */
  get shut(): readonly BarrierPlan[] {
    return this.#plan.barriers.filter(barrier => !this.#open.has(barrier.name) && this.#isShut(barrier))
  }

  /** Whether failures shut a barrier that this stage is before. */
  isShutBy(stage: string): boolean {
    return this.#plan.barriers.some(barrier => barrier.before.includes(stage) && this.#isShut(barrier))
  }

  get reasons(): readonly string[] {
    return this.shut.map(({ name, before }) => {
      const failing = before.map(stage => ({ stage, failed: this.#options.countersOf(stage).failed })).filter(({ failed }) => failed > 0)
      return `barrier '${name}' stays shut: ${failing.map(({ stage, failed }) => `${failed} failed in '${stage}'`).join(', ')}. Mend the cause and run the same command: it redrives just those`
    })
  }

  /** Opens those behind which all is complete; each is open once that is durable. Whether any was opened. */
  async openThoseThatMay(commit: (state: readonly StateChange[]) => Promise<unknown>): Promise<boolean> {
    const ready = this.#plan.barriers.filter(barrier => !this.#open.has(barrier.name) && !this.#opening.has(barrier.name) && this.#isComplete(barrier) && !this.#isShut(barrier))
    if (ready.length === 0) return false
    for (const { name } of ready) this.#opening.add(name)
    try {
      await commit(ready.map(({ name }) => ({ store: this.#options.store, key: name, value: JSON.stringify({ at: this.#options.now() }) })))
      for (const { name } of ready) this.#open.add(name)
    } finally {
      for (const { name } of ready) this.#opening.delete(name)
    }
    return true
  }

  #isComplete({ topics }: BarrierPlan): boolean {
    return topics.every(topic => this.#plan.topics.find(({ name }) => name === topic)!.producers.every(this.#options.hasEnded))
  }

  #isShut({ before, tolerate }: BarrierPlan): boolean {
    const counters = before.map(this.#options.countersOf)
    const failed = counters.reduce((sum, each) => sum + each.failed, 0)
    return exceeds(tolerate, failed, totalOf(counters))
  }
}

// Processes that take some stages of a run only, or some shards, drawn by chance; and what is left for another where those that live do not take all.
import type { Plan } from '../../src/plan/plan.ts'
import type { Random } from '../../src/reducers/seeded-random.ts'
import { partOf, wordsFor } from '../../src/runtime/part.ts'
import { holdingsOf, slicesOf, type Slice } from '../../src/runtime/slices.ts'

const patienceMsMax = 15_000

export class Groups {
  readonly #plan: Plan
  readonly #random: Random
  /** For so long what nobody takes is left alone: the run has to wait for it. */
  readonly patienceMs: number
  /** What is owned together. */
  readonly #held: readonly (readonly Slice[])[]

  constructor(plan: Plan, random: Random) {
    this.#plan = plan
    this.#random = random
    this.patienceMs = Math.floor(random() * patienceMsMax)
    this.#held = holdingsOf(plan, new Map(plan.stages.map(stage => [stage.name, slicesOf(stage, true)]))).flatMap(({ slices }) => slices)
  }

  /** Undefined: all. */
  drawn(): readonly string[] | undefined {
    const taken = wordsFor(this.#held.filter(() => this.#random() < 0.5).flat())
    return taken.length > 0 ? taken : undefined
  }

  /** Of what no process with these takes, the words for one that does. */
  missing(taken: readonly (readonly string[] | undefined)[]): readonly string[] {
    const parts = taken.map(stages => (stages ? partOf(this.#plan, stages) : undefined))
    return wordsFor(this.#held.filter(held => !parts.some(part => !part || held.every(part.takes))).flat())
  }

}

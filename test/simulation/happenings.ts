// What must happen in some of the seeds, or they would not test it: counted, so that a kind of workload that never comes about is an error.
import type { Simulated } from '../../src/testing/simulate.ts'
import type { Shape } from './shapes.ts'

/** By what the run says of them. */
const said = {
  'a shard spills': / is unhealthy: /,
  'a shard recovers': / has recovered: /,
  'a rollout is rolled back': /^the rollout was rolled back: /,
  'a rollout is done': /^the rollout is done: /,
} as const

const others = [
  'a run leaves what was published meanwhile to the next', 'something is published again and dropped', 'an endless run is begun again after a crash', 'an endless run takes what is published meanwhile',
  'endless batches', 'endless results', 'an item matches no route', 'an item is set aside by a relay', 'a reducer throws', 'what an operator failed goes on when it is mended', 'an item is done by several workers',
] as const

export type Happening = keyof typeof said | (typeof others)[number]

export const allHappenings: readonly Happening[] = [...(Object.keys(said) as (keyof typeof said)[]), ...others]

export class Happenings {
  readonly #seen = new Set<Happening>()

  said(message: string): void {
    for (const [happening, text] of Object.entries(said)) if (text.test(message)) this.#seen.add(happening as Happening)
  }

  /** `taken`: how many items of the topic each run took. */
  note({ manner, chain }: Shape, { runs, crashes, duplicates, isMended }: Simulated<any> & { readonly isMended: boolean }, taken: readonly number[]): void {
    this.#when('a run leaves what was published meanwhile to the next', runs.length > 1 && taken.slice(1).some(count => count > 0))
    this.#when('something is published again and dropped', duplicates > 0)
    const failures = runs.flatMap(run => run.failures)
    const text = JSON.stringify(chain)
    this.#when('an item matches no route', failures.some(({ reason }) => reason === 'no-route'))
    this.#when('an item is set aside by a relay', failures.some(({ stage }) => / (?:shards|by priority|parts)$/.test(stage)))
    this.#when('a reducer throws', failures.some(({ stage }) => stage.startsWith('sum ')))
    this.#when('what an operator failed goes on when it is mended', isMended && text.includes('"throwsAt":'))
    this.#when('an item is done by several workers', text.includes('"together":'))
    if (manner !== 'endless') return
    this.#when('an endless run is begun again after a crash', crashes > 0)
    this.#when('an endless run takes what is published meanwhile', taken.length > 0)
    this.#when('endless batches', text.includes('"kind":"batch"'))
    this.#when('endless results', text.includes('"emit":'))
  }

  get seen(): readonly Happening[] {
    return [...this.#seen]
  }

  #when(happening: Happening, happens: boolean): void {
    if (happens) this.#seen.add(happening)
  }
}

// When the stages of a run get their turn: all that were woken, together, once for each wake of the event loop.
import type { Clock } from '../clock.ts'
import type { StageRunner } from './stage-runner.ts'
import type { Stages } from './stages.ts'

export class Turns {
  readonly #clock: Clock
  readonly #stages: Stages
  readonly #turn: (awake: readonly StageRunner[]) => void
  readonly #awake = new Set<StageRunner>()
  /** Until all is listed and loaded, what is woken waits: with nothing to do yet, a turn would find that nothing can go on. */
  #hasBegun = false
  #isComing = false

  constructor(clock: Clock, stages: Stages, turn: (awake: readonly StageRunner[]) => void) {
    this.#clock = clock
    this.#stages = stages
    this.#turn = turn
  }

  /** Whether somebody was woken and had no turn yet. */
  get areDue(): boolean {
    return this.#awake.size > 0
  }

  begin(): void {
    this.#hasBegun = true
    this.wakeAll()
  }

  wake(runner: StageRunner): void {
    this.#awake.add(runner)
    this.soon()
  }

  /** Who waited for room, for an end or for a barrier may go on. */
  wakeAll(): void {
    for (const runner of this.#stages.runners) this.#awake.add(runner)
    this.soon()
  }

  /** A turn, though nobody may have been woken. */
  soon(): void {
    if (this.#isComing || !this.#hasBegun) return
    this.#isComing = true
    this.#clock.after(0, () => {
      this.#isComing = false
      this.now()
    })
  }

  now(): void {
    const awake = [...this.#awake]
    this.#awake.clear()
    this.#turn(awake)
  }
}

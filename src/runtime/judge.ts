// Judges whether a run is over, for whoever leads it: after each turn, and before it ends one in which nothing goes on any more, by a call of the roll.
import type { Attendance } from './attendance.ts'
import { endVerdict, toleranceVerdict, type Judged, type RunResult } from './verdict.ts'

export interface JudgeOptions extends Judged {
  /** Where several processes take part: who has what. */
  readonly attendance: Attendance | undefined
  /** Whether that nothing goes on is believed. */
  readonly isStandstill: () => boolean
  /** Whether this process may still end it. */
  readonly mayEnd: () => boolean
  /** Does not believe what has rested until now to do so. */
  readonly waitAnew: () => void
  /** In milliseconds, of any beginning. */
  readonly now: () => number
  readonly end: (verdict: RunResult) => void
  readonly onTrouble: (error: unknown) => void
}

/** A call of the roll that is older tells nothing of who was there until now. */
const rollCountsMs = 10_000

export class Judge {
  readonly #options: JudgeOptions
  #isCallingRoll = false
  /** When all stages were last found to have somebody. */
  #allAttendedAt = -Infinity

  constructor(options: JudgeOptions) {
    this.#options = options
  }

  /** More failed than is tolerated, whatever else goes on. */
  get passedTolerance(): RunResult | undefined {
    return toleranceVerdict(this.#options)
  }

  /** Ends the run if all is done, or nothing can go on. */
  look(): void {
    const { attendance, end } = this.#options
    const verdict = this.#verdict
    if (verdict?.status === 'stopped' && attendance) this.#callRoll(attendance)
    else if (verdict) end(verdict)
  }

  get #verdict(): RunResult | undefined {
    return endVerdict(this.#options, this.#options.isStandstill())
  }

  /**
   * What rests may wait for a stage that no process takes: then the run waits too, for one that does. Who has just come had no time yet to say that it does not
   * rest, as who had the stage before it did: so all have to be there twice.
   */
  #callRoll(attendance: Attendance): void {
    if (this.#isCallingRoll) return
    this.#isCallingRoll = true
    const { mayEnd, waitAnew, now, end, onTrouble } = this.#options
    attendance.unattended().then(({ size }) => {
      this.#isCallingRoll = false
      const isConfirmed = size === 0 && now() - this.#allAttendedAt < rollCountsMs
      this.#allAttendedAt = size === 0 ? now() : -Infinity
      if (!isConfirmed) return waitAnew()
      const verdict = mayEnd() ? this.#verdict : undefined
      if (verdict) end(verdict)
    }, error => {
      this.#isCallingRoll = false
      onTrouble(error)
    })
  }
}

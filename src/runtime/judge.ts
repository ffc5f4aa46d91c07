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
  readonly end: (verdict: RunResult) => void
  readonly onTrouble: (error: unknown) => void
}

export class Judge {
  readonly #options: JudgeOptions
  #isCallingRoll = false

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

  /** What rests may wait for a stage that no process takes: then the run waits too, for one that does. */
  #callRoll(attendance: Attendance): void {
    if (this.#isCallingRoll) return
    this.#isCallingRoll = true
    const { mayEnd, end, onTrouble } = this.#options
    attendance.unattended().then(({ size }) => {
      this.#isCallingRoll = false
      const verdict = size === 0 && mayEnd() ? this.#verdict : undefined
      if (verdict) end(verdict)
    }, error => {
      this.#isCallingRoll = false
      onTrouble(error)
    })
  }
}

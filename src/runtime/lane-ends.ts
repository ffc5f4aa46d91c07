// How the lanes of a stage end: each when nothing of it is left or will come; before the last, the stage gives its last results. Another round ends them once more.
import type { PendingCommit } from './commit-composer.ts'
import type { LastResults } from './processor.ts'
import type { StageCommits } from './stage-commits.ts'

export interface LaneEndsOptions {
  readonly lanes: readonly number[]
  readonly ended: ReadonlySet<number>
  readonly round: () => number
  /** Whether the stage has nothing at work, to be read or to be committed. */
  readonly isIdle: () => boolean
  /** Whether nothing of a lane will come any more. */
  readonly isOver: (lane: number) => boolean
  /** Whether a lane that has nothing left may end: not while its failures shut a barrier. */
  readonly mayEnd: () => boolean
  /** Given until there are none. */
  readonly lastResults: () => Promise<LastResults | undefined>
  readonly commits: Pick<StageCommits, 'send' | 'next'>
  readonly ofEnds: (lanes: readonly number[], round: number) => PendingCommit
  readonly ofLast: (last: LastResults) => PendingCommit
  readonly onError: (error: unknown) => void
}

export class LaneEnds {
  readonly #options: LaneEndsOptions
  readonly #ended: Set<number>
  #isFinishing = false
  #hasGivenLast = false

  constructor(options: LaneEndsOptions) {
    this.#options = options
    this.#ended = new Set(options.ended)
  }

  get areAll(): boolean {
    return this.#ended.size === this.#options.lanes.length
  }

  /** Whether last results are on their way. */
  get isFinishing(): boolean {
    return this.#isFinishing
  }

  /** Ends the lanes that can. */
  look(): void {
    const { lanes, isIdle, isOver, mayEnd, round, lastResults, onError } = this.#options
    if (this.#isFinishing || this.areAll || !isIdle()) return
    const ready = lanes.filter(lane => !this.#ended.has(lane) && isOver(lane))
    if (ready.length === 0 || !mayEnd()) return
    if (this.#hasGivenLast || this.#ended.size + ready.length < lanes.length) return this.#end(ready)
    this.#isFinishing = true
    const began = round()
    lastResults().then(last => this.#options.commits.next(() => this.#give(last, began))).catch(onError)
  }

  reopen(): void {
    this.#ended.clear()
    this.#hasGivenLast = false
  }

  #give(last: LastResults | undefined, round: number): void {
    this.#isFinishing = false
    if (last) return this.#options.commits.send(this.#options.ofLast(last))
    // What it was reopened for meanwhile is not among it.
    this.#hasGivenLast = round === this.#options.round()
    this.look()
  }

  #end(lanes: readonly number[]): void {
    const round = this.#options.round()
    const pending = this.#options.ofEnds(lanes, round)
    // Unless it was reopened meanwhile.
    this.#options.commits.send({ ...pending, after: () => { if (round === this.#options.round()) for (const lane of lanes) this.#ended.add(lane) } })
  }
}

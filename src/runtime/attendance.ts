// Processes may take some stages only, so a stage may have nobody. Whoever leads looks who has what, and says in the log which stages wait for a process: all who take
// part, and those who look on, read it there.
import type { Clock, Timer } from '../clock.ts'
import type { Log, StateChange } from '../log.ts'
import type { RunNames } from './names.ts'
import { unattendedStore, type RunState } from './run-state.ts'
import type { Stages } from './stages.ts'

export interface AttendanceOptions {
  readonly log: Log
  readonly clock: Clock
  readonly names: RunNames
  readonly state: RunState
  readonly stages: Stages
  readonly commit: (state: readonly StateChange[]) => Promise<void>
  readonly onTrouble: (error: unknown) => void
}

/** Said when it was so twice: while members change, a stage has nobody for a moment. */
const lookEveryMs = 3_000

export class Attendance {
  readonly #options: AttendanceOptions
  #timer: Timer | undefined
  /** Of a leader who is none any more, nothing is heard. */
  #term = 0
  #before: ReadonlySet<string> = new Set()

  constructor(options: AttendanceOptions) {
    this.#options = options
  }

  start(): void {
    this.stop()
    this.#again(this.#term)
  }

  stop(): void {
    this.#term++
    this.#timer?.cancel()
  }

  /** Stages that have not ended, and of which nobody has all or a part at the moment. */
  async unattended(): Promise<ReadonlySet<string>> {
    const { log, names, stages } = this.#options
    const owned = new Set((await log.ownedIn!(names.scope)).map(({ topic, partition }) => `${partition}:${topic}`))
    const free = stages.holdings.flatMap(({ topic, slices }) => slices.filter((_, partition) => !owned.has(`${partition}:${names.topic(topic)}`)).flat())
    return new Set(free.filter(slice => !stages.hasSliceEnded(slice)).map(({ stage }) => stage.name))
  }

  #again(term: number): void {
    this.#timer = this.#options.clock.after(lookEveryMs, () => {
      this.#look(term).catch((error: unknown) => { if (term === this.#term) this.#options.onTrouble(error) }).finally(() => { if (term === this.#term) this.#again(term) })
    })
  }

  async #look(term: number): Promise<void> {
    const { state, names, commit } = this.#options
    // A look that fails tells nothing; the next one may.
    const now = await this.unattended().catch(() => undefined)
    if (!now || term !== this.#term) return
    const lasting = [...now].filter(stage => this.#before.has(stage) && !state.unattended.has(stage))
    const over = [...state.unattended].filter(stage => !now.has(stage))
    this.#before = now
    const change = (value: 'true' | null) => (stage: string): StateChange => ({ store: names.store(unattendedStore), key: stage, value })
    if (lasting.length + over.length > 0) await commit([...lasting.map(change('true')), ...over.map(change(null))])
  }
}

// How a run is shown while it goes on: bars in a terminal, lines elsewhere, JSON for machines, or not at all.
import type { WorkerMessage } from '../../runtime/environment.ts'
import type { StageProgress } from '../../telemetry/progress.ts'

export interface Snapshot {
  readonly stages: readonly StageProgress[]
  /** Since this process began the run. */
  readonly elapsedMs: number
  readonly memoryBytes: number
}

export interface Beginning {
  readonly pipeline: string
  readonly run: number
  readonly isEndless: boolean
  /** Goes on with a run that was begun before. */
  readonly isResumed: boolean
  /** Other processes are at it already. */
  readonly isJoining: boolean
  readonly store: string
}

export interface Display {
  begin(beginning: Beginning): void
  /** Asked for as often as it likes to draw. */
  watch(look: () => Snapshot): void
  /** What a worker said. */
  message(message: WorkerMessage): void
  /** What the command itself has to say. */
  note(text: string): void
  /** Shows no more: the summary says it all. */
  end(): void
}

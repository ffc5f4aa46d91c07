// What is seen of one stage while it runs: what its items look like, what it gives, and how long its worker or reducer takes.
import { mergedShape, noShape, shapeOf } from '../../model/shape.ts'
import type { Call } from './times.ts'

/** A worker may be called more often than there are items in the sample: a flatMap makes many of one. */
const callsMax = 200_000

export class Observation {
  takes = noShape
  gives = noShape
  /** Calls that were over before their caller went on. */
  blocking = 0
  readonly calls: Call[] = []
  /** Spent in operators in front of the stage, and how many items went through them. */
  operatorsMs = 0

  took(value: unknown): void {
    this.takes = mergedShape(this.takes, shapeOf(value))
  }

  gave(value: unknown): void {
    this.gives = mergedShape(this.gives, shapeOf(value))
  }

  called(beganMs: number, items: number): void {
    if (this.calls.length < callsMax) this.calls.push({ beganMs, endedMs: performance.now(), items })
  }
}

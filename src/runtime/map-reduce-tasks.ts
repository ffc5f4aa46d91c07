// Cuts a list of splits into tasks. Pure. The one thing to know: a restart may cut it otherwise, with more threads or with parts done; what is done
// is in no task, and what is not is in one.
import type { Range } from '../model/ranges.ts'

/** Tasks of one chunk of the list, a thousand splits at most. */
const tasksPerChunk = 64
/** Parts of a large file that make one task where there are many: fewer runs to write and to merge, and not too much to do again after a kill. */
const splitsTogetherMax = 4
/** Tasks for each that works, so that none waits long for the last. */
const roundsMin = 2

/** Indexes [from, to) of neighbours that are not done. */
export function taskRanges(splits: number, tasksAtOnce: number, isDone: (index: number) => boolean): readonly Range[] {
  const together = splitsPerTask(splits, tasksAtOnce)
  const ranges: Range[] = []
  for (let from = 0, to = 0; from < splits; from = to) {
    to = from + 1
    if (isDone(from)) continue
    while (to < splits && to - from < together && !isDone(to)) to++
    ranges.push([from, to])
  }
  return ranges
}

function splitsPerTask(splits: number, tasksAtOnce: number): number {
  return Math.max(1, Math.min(splitsTogetherMax, Math.floor(splits / (tasksAtOnce * roundsMin))), Math.ceil(splits / tasksPerChunk))
}

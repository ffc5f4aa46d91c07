// How each item of a chunk ended, once its Job is over: done, given up on, or given back to be taken again.
import type { LiveChunk } from './live-chunk.ts'
import type { PodFailure } from './pod-failure.ts'
import type { RecordEntry, RecordedFailure } from './record.ts'

const permanentCode = 65
/** Of what is kept for ever; the pod's log has it all. */
const messageLengthMax = 300

export function outcomeOf(chunk: LiveChunk, attemptsMax: number): RecordEntry {
  const failed: RecordedFailure[] = []
  const released: (readonly [number, number])[] = []
  for (let pod = 0; pod < chunk.pods; pod++) {
    if (chunk.completed.has(pod)) continue
    const first = pod * chunk.itemsPerPod
    const end = Math.min(first + chunk.itemsPerPod, chunk.names.length)
    for (let index = first; index < end; index++) settle(chunk, pod, index, attemptsMax, failed, released)
  }
  return { names: chunk.names, failed, released, retried: retriesOf(chunk) + released.length }
}

/** Evicted pods count in a Job's status, but were no attempts; what is known is that each failed index had one that was the last. */
export function retriesOf(chunk: LiveChunk): number {
  return chunk.itemsPerPod === 1 ? Math.max(0, chunk.failedPods - chunk.failed.size) : 0
}

function settle(chunk: LiveChunk, pod: number, index: number, attemptsMax: number, failed: RecordedFailure[], released: (readonly [number, number])[]): void {
  const before = chunk.attemptsBefore[index] ?? 0
  const failure = chunk.podFailures.get(pod)
  // The Job ended without this index: somebody ended it.
  if (!chunk.failed.has(pod)) return void released.push([index, before])
  if (chunk.itemsPerPod === 1) return void failed.push({ index, ...shownFailure(failure), attempts: before + (failure?.attempts ?? attemptsMax) })
  const code = codesOf(failure)[index - pod * chunk.itemsPerPod]
  if (code === 0) return
  if (code !== permanentCode && before + 1 < attemptsMax) return void released.push([index, before + 1])
  failed.push({ index, reason: code === undefined ? shownFailure(failure).reason : `exit code ${code}`, message: '', attempts: before + 1 })
}

/** Of the items of one pod that ran through them all: their codes, in order. */
function codesOf(failure: PodFailure | undefined): readonly number[] {
  if (failure?.exitCode !== permanentCode || !/^(\d+\s*)+$/.test(failure.message)) return []
  return failure.message.trim().split(/\s+/).map(Number)
}

function shownFailure(failure: PodFailure | undefined): { readonly reason: string; readonly message: string } {
  if (failure === undefined) return { reason: 'failed', message: 'its pod was gone before it could be read' }
  return { reason: failure.reason, message: failure.message.slice(-messageLengthMax) }
}

// What a worker of chunks in a thread or process gives: one message a chunk. Errors that it gives for single items go back as data, too.
import type { Executor, Task, WorkerReference, WorkTimes } from '../executor.ts'
import type { Context } from '../model/worker.ts'
import { workerOfCalls, type ChunkCall } from '../pipeline/chunk-call.ts'
import { resolveWorker } from '../plan/resolve.ts'
import { fromWire, toWire, type WireError } from './pool/wire-error.ts'

interface ChunkAnswer {
  /** As the worker gave it, without the errors. */
  readonly outcome: unknown
  /** By index. */
  readonly errors: readonly (readonly [index: number, error: WireError])[]
  /** How long the worker had it. */
  readonly tookMs: number
}

const noTimes: WorkTimes = { timed: 0, timedMs: 0, blockedMs: 0 }

/** For hosts: the worker of a stage, of whole chunks. */
export async function resolveChunkWorker(reference: WorkerReference): Promise<(call: ChunkCall, context: Context) => Promise<ChunkAnswer>> {
  const worker = workerOfCalls(await resolveWorker(reference))
  return async (call, context) => {
    const beganMs = performance.now()
    const outcome = await worker(call, context)
    return { ...withoutErrors(outcome), tookMs: performance.now() - beganMs }
  }
}

function withoutErrors(outcome: unknown): Pick<ChunkAnswer, 'outcome' | 'errors'> {
  const errors: (readonly [number, WireError])[] = []
  if (!Array.isArray(outcome)) return { outcome, errors }
  const entries = outcome.map((entry: unknown, index) => {
    if (!(entry instanceof Error)) return entry
    errors.push([index, toWire(entry)])
    return undefined
  })
  return { outcome: entries, errors }
}

/** An executor whose hosts have such workers. */
export class ChunkAnswers implements Executor {
  readonly keepsDeadlines: boolean
  readonly #hosts: Executor
  #times: WorkTimes = noTimes

  constructor(hosts: Executor) {
    this.#hosts = hosts
    this.keepsDeadlines = hosts.keepsDeadlines === true
  }

  get capacity(): number {
    return this.#hosts.capacity
  }

  start(task: Task): void {
    this.#hosts.start({
      value: task.value, context: task.context, timeoutMs: task.timeoutMs,
      settle: answer => {
        this.#took((task.value as ChunkCall).values.length, (answer as ChunkAnswer).tookMs)
        task.settle(outcomeIn(answer as ChunkAnswer))
      },
      fail: error => task.fail(error),
    })
  }

  /** Of items, not of chunks. */
  takeTimes(): WorkTimes {
    const times = this.#times
    this.#times = noTimes
    return times
  }

  close(): Promise<void> {
    return this.#hosts.close()
  }

  #took(items: number, ms: number): void {
    this.#times = { timed: this.#times.timed + items, timedMs: this.#times.timedMs + ms, blockedMs: 0 }
  }
}

function outcomeIn({ outcome, errors }: ChunkAnswer): unknown {
  for (const [index, error] of errors) (outcome as unknown[])[index] = fromWire(error)
  return outcome
}

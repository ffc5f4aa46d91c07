// Where workers run: in this process, in worker threads, in child processes. Every thread and process imports the same pipeline module and
// runs stages of it by name; functions are never serialised.
import type { Context } from './model/worker.ts'

/** One item to be worked on. Exactly one of `settle` and `fail` is called, once. */
export interface Task {
  readonly value: unknown
  readonly context: Context
  /** How long it may be at work, for an executor that keeps deadlines. */
  readonly timeoutMs?: number | undefined
  settle(result: unknown): void
  fail(error: unknown): void
}

/** Sums over items that were timed; a few may stand for all. An attempt that fails counts, too. */
export interface WorkTimes {
  readonly timed: number
  readonly timedMs: number
  /** Of it, in calls that kept this process from doing anything else. */
  readonly blockedMs: number
}

export interface Executor {
  /** How many tasks it can have at once; the runtime starts no more. */
  readonly capacity: number
  /**
   * Whether it fails what is at work for longer than its `timeoutMs`, as only it can tell a task that takes too long from one that another kept
   * from ending. Where it does not, the runtime does.
   */
  readonly keepsDeadlines?: boolean
  start(task: Task): void
  /**
   * How long items were at work since it was asked last. Needed where items wait for a worker after they were started: where there is none, the
   * runtime takes the time from start to settle.
   */
  takeTimes?(): WorkTimes
  /** Ends threads and whole process groups. Tasks still running fail. */
  close(): Promise<void>
}

/** How a thread or process finds the worker: the module, the export's pipeline by name, its parameters, the stage. */
export interface WorkerReference {
  /** file: URL of the pipeline's module. */
  readonly module: string
  readonly pipeline: string
  readonly params: unknown
  readonly stage: string
  /** 'old': the worker that a rollout replaces. */
  readonly version?: 'old' | undefined
}

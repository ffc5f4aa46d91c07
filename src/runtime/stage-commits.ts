// The commits of a stage, one at a time: of two at once, the later would not know what the earlier counts.
import type { Clock, Timer } from '../clock.ts'
import type { Appended, Commit } from '../log.ts'
import type { PendingCommit } from './commit-composer.ts'

export interface StageCommitsOptions {
  readonly clock: Clock
  /** As the owner of the stage's lanes. */
  readonly send: (commit: Omit<Commit, 'epoch'>) => Promise<readonly Appended[]>
  /** Whether there is something to commit. */
  readonly hasChanges: () => boolean
  /** All there is to commit, taken. */
  readonly compose: () => PendingCommit
  readonly committed: (pending: PendingCommit, appended: readonly Appended[]) => void
  /** Something that waited for the end of a commit may go on. */
  readonly freed: () => void
  readonly onError: (error: unknown) => void
}

/** What is finished commits within this time. */
const commitWithinMs = 100

export class StageCommits {
  readonly #options: StageCommitsOptions
  #isUnderWay = false
  /** What failed counts as done here and is not durable: the next commit would make that so, and lose it. */
  #failure: { readonly error: unknown } | undefined
  #timer: Timer | undefined
  #next: (() => void) | undefined

  constructor(options: StageCommitsOptions) {
    this.#options = options
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  now(): void {
    if (this.#isUnderWay || !this.#options.hasChanges()) return
    this.cancel()
    this.send(this.#options.compose())
  }

  /** Together with what comes until then. */
  soon(): void {
    if (this.#timer || this.#isUnderWay) return
    this.#timer = this.#options.clock.after(commitWithinMs, () => {
      this.#timer = undefined
      this.now()
    })
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  send(pending: PendingCommit): void {
    if (this.#failure) return
    this.#isUnderWay = true
    this.#options.send(pending.commit).then(appended => {
      this.#isUnderWay = false
      this.#options.committed(pending, appended)
    }, error => this.#refused(error))
  }

  /** At once, or when the commit that is under way has ended: before any other. */
  next(work: () => void): void {
    if (this.#isUnderWay) this.#next = work
    else work()
  }

  /** To be called before another commit may begin. */
  goOn(): void {
    const work = this.#next
    this.#next = undefined
    work?.()
  }

  /** None of its own is under way meanwhile. */
  async between<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#isUnderWay) await this.#pause()
    this.#isUnderWay = true
    try {
      return await work()
    } finally {
      this.#isUnderWay = false
      this.#options.freed()
    }
  }

  /** Commits what there is, and waits for it. */
  async flush(): Promise<void> {
    while (this.#isUnderWay || this.#options.hasChanges()) {
      if (this.#failure) throw this.#failure.error
      this.now()
      await this.#pause()
    }
  }

  #refused(error: unknown): void {
    this.#isUnderWay = false
    this.#failure = { error }
    this.#options.onError(error)
  }

  #pause(): Promise<void> {
    return new Promise(resolve => this.#options.clock.after(1, resolve))
  }
}

// Commits of one process, in their order. What waits goes together into one transaction; when that is refused for the sake of one, each is tried for itself. A
// commit is answered when this process reads it back: then its state and progress are seen here, and the next transaction need not wait for the end of this one.
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Appended } from '../../log.ts'
import type { Cluster } from './cluster.ts'
import { codesOf, isOvertaken, isPassing, isProducerOut, logError, outcomeUnknown } from './failures.ts'
import type { Ledger } from './ledger.ts'
import type { KafkaNames } from './names.ts'
import { groupsOf, prepare, type Attempt, type Job, type Prepared } from './prepared-commit.ts'
import { offsetsPerRecord, type NewRecord } from './records.ts'
import type { SeenIds } from './seen-ids.ts'
import type { Tail } from './tail.ts'
import type { Outcome, Transactor } from './transactor.ts'

export interface CommitLineParts {
  readonly cluster: Cluster
  readonly names: KafkaNames
  readonly ledger: Ledger
  readonly tail: Tail
  readonly seen: SeenIds
  /** Of this process alone. One that did not commit is not used again: were its end lost with its broker, the end of its next transaction would count for both. */
  readonly newOwn: () => Transactor
  /** Of all processes: for items whose ids must not have been seen. */
  readonly shared: Transactor
}

interface Waiting extends Job {
  readonly resolve: (appended: readonly Appended[]) => void
  readonly reject: (error: unknown) => void
}

const [jobsMax, bytesMax] = [64, 8_000_000]
const triesMax = 60
const pauseMsMax = 200

export class CommitLine {
  readonly #parts: CommitLineParts
  readonly #waiting: Waiting[] = []
  #own: Transactor
  #running: Promise<void> | undefined

  constructor(parts: CommitLineParts) {
    this.#parts = parts
    this.#own = parts.newOwn()
  }

  add(job: Job): Promise<readonly Appended[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...job, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // What is asked for in the same turn goes together.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#commit(this.#take())
    this.#running = undefined
  }

  #take(): readonly Waiting[] {
    let count = 0
    for (let bytes = 0; count < Math.min(jobsMax, this.#waiting.length) && (count === 0 || bytes < bytesMax); count++) bytes += sizeOf(this.#waiting[count]!)
    return this.#waiting.splice(0, count)
  }

  async #commit(jobs: readonly Waiting[]): Promise<void> {
    for (let tries = 1; ; tries++) {
      const { isDone, error } = await this.#try(jobs)
      if (isDone) return
      // Whose fault it is shows when each is alone.
      if (jobs.length > 1) {
        for (const job of jobs) await this.#commit([job])
        return
      }
      if (error === undefined || tries >= triesMax) return jobs[0]!.reject(logError('a commit was not taken', error))
      // Two that take the shared id from each other must not do so for ever.
      await pause(Math.random() * Math.min(pauseMsMax, tries * 20))
    }
  }

  /** `isDone` false with an error: worth another try. What cannot be done is rejected here. */
  async #try(jobs: readonly Waiting[]): Promise<{ readonly isDone: boolean, readonly error?: unknown }> {
    const { shared, seen } = this.#parts
    const isUnique = jobs.some(({ appends }) => appends.some(({ unique }) => unique))
    try {
      // Ids of a topic that was deleted are forgotten by whoever deletes it.
      if (isUnique) await (shared.isBegun ? seen.atEnd() : this.#takeOver())
      const now = Date.now()
      const prepared = this.#prepare(jobs, now)
      if (prepared.length === 0) return { isDone: true }
      const id = randomUUID()
      this.#parts.ledger.await(id)
      const outcome = await this.#send(prepared, id, isUnique ? shared : this.#own)
      if (isUnique) void seen.tidy(now).catch(() => {})
      return outcome
    } catch (error) {
      if ((error as { readonly code?: string }).code === 'OUTCOME_UNKNOWN') return this.#giveUp(jobs, error)
      if (jobs.length > 1) return { isDone: false, error }
      jobs[0]!.reject(logError('a commit failed', error))
      return { isDone: true }
    }
  }

  /** What became of these is not known, so nothing may come after them. */
  #giveUp(jobs: readonly Waiting[], error: unknown): { readonly isDone: true } {
    for (const { reject } of [...jobs, ...this.#waiting.splice(0)]) reject(error)
    return { isDone: true }
  }

  async #takeOver(): Promise<void> {
    const { shared, seen, tail } = this.#parts
    await shared.begin()
    await Promise.all([seen.atEnd(), tail.atEnd()])
  }

  async #send(prepared: readonly Prepared<Waiting>[], id: string, transactor: Transactor): Promise<{ readonly isDone: boolean, readonly error?: unknown }> {
    const { ledger, tail } = this.#parts
    const mark = ledger.commitRecord(id)
    const records = [...prepared.flatMap(({ appends, ledger: own, ids }) => [...appends.flatMap(({ record }) => record ?? []), ...own, ...ids]), mark]
    const outcome = await transactor.run({ records, groups: groupsOf(this.#parts.names, prepared) })
    if (outcome.kind !== 'committed' && transactor === this.#own) this.#own = this.#parts.newOwn()
    if (outcome.kind === 'aborted') return this.#refused(prepared, id, outcome.error)
    try {
      if (outcome.kind === 'unknown') {
        await tail.atEnd()
        if (!ledger.sawCommit(id)) return { isDone: false, error: outcome.error }
      }
      await this.#readBack(records, outcome)
    } catch (error) {
      // It may be stored, or is: to try it again would store it twice.
      throw outcomeUnknown(error)
    }
    ledger.sawCommit(id)
    this.#answer(prepared, records, outcome.offsets)
    return { isDone: true }
  }

  async #readBack(records: readonly NewRecord[], { offsets }: Outcome & { readonly offsets: readonly number[] }): Promise<void> {
    const { names, tail, seen } = this.#parts
    const last = (topic: string) => records.findLastIndex(record => record.topic === topic)
    const idsAt = last(names.ids)
    await Promise.all([tail.passed(offsets[last(names.ledger)]! + 1), idsAt < 0 ? undefined : seen.passed(offsets[idsAt]! + 1)])
  }

  async #refused(prepared: readonly Prepared<Waiting>[], id: string, error: unknown): Promise<{ readonly isDone: boolean, readonly error?: unknown }> {
    this.#parts.ledger.sawCommit(id)
    const codes = codesOf(error)
    if (isOvertaken(codes)) await Promise.all(prepared.map(async ({ job, proof }) => job.member?.is.overtaken(proof!.generation)))
    else if (!isProducerOut(codes) && !isPassing(codes)) throw error
    return { isDone: false, error }
  }

  #answer(prepared: readonly Prepared<Waiting>[], records: readonly NewRecord[], offsets: readonly number[]): void {
    const placeOf = new Map(records.map((record, place) => [record, place]))
    for (const { job, appends } of prepared) {
      job.resolve(appends.map(({ record, duplicates }) => {
        const offset = record === undefined ? 0 : offsets[placeOf.get(record)!]! * offsetsPerRecord
        return { offset, next: record === undefined ? 0 : offset + offsetsPerRecord, duplicates }
      }))
    }
  }

  /** Those that may be committed now; the others are rejected. */
  #prepare(jobs: readonly Waiting[], now: number): readonly Prepared<Waiting>[] {
    const attempt: Attempt = { claims: new Map(), counts: new Map(), now }
    const prepared: Prepared<Waiting>[] = []
    for (const job of jobs) {
      try {
        const proof = job.member?.is.prove(job.member.epoch)
        prepared.push(prepare(this.#parts, job, proof, attempt))
      } catch (error) {
        job.reject(error)
      }
    }
    return prepared
  }
}

function sizeOf({ appends, state }: Job): number {
  return appends.reduce((sum, { chunk }) => sum + chunk.values.length, 0) + state.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
}

// One run of many processes on a broker of its own, to all of which things happen at random times by a seed; then what came out is held against what went in.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { seeded } from '../../engines/seeded.ts'
import { Brokers, type BrokerCount } from './brokers.ts'
import { Crew, type Mate } from './crew.ts'
import { complaintsOfSums, Halves } from './judge.ts'
import { readAll } from './reader.ts'

export interface CourseOptions {
  readonly items: number
  readonly seed: number
  /** At once. */
  readonly processes: number
  readonly brokers: BrokerCount
  /** Between two things that happen, on average. */
  readonly everyMs: number
  readonly brokerKillsMax: number
  readonly takesMs: number
  /** The next things happen though nothing has come out since the last did. Default false. */
  readonly isRelentless?: boolean | undefined
  readonly note: (event: string) => void
}

export interface CourseOutcome {
  /** Nothing: all is there once. */
  readonly complaints: readonly string[]
  readonly happened: Readonly<Record<string, number>>
  readonly processes: number
  /** Of these, such as waited for the broker in vain. */
  readonly gaveUp: number
  readonly elapsedMs: number
  /** Between the two halves of a number, as the reader saw them that read while they were written. */
  readonly apartMsMax: number
}

const sessionMs = 6_000
/** Without a new item for so long, the run has got stuck. */
const standstillMsMax = 240_000
/** For what is left to do when the run is complete: others end, the reader catches up. */
const endingMsMax = 60_000
/** A process waits a minute for a broker that is away, and then some for it to be ready. */
const brokerPatienceMs = 75_000
/** So many things may happen at once, before anything has come out. */
const atOnceMax = 3
const beginsAgainAfterMs = 500
const [topicOfHalves, topicOfSums] = ['batchwork.halves', 'batchwork.sums']

export async function faultCourse(options: CourseOptions): Promise<CourseOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-faults-'))
  const course = new FaultCourse(folder, options)
  const interrupted = () => void course.end().finally(() => process.exit(130))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    return await course.run()
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
    await course.end()
  }
}

class FaultCourse {
  readonly #folder: string
  readonly #options: CourseOptions
  readonly #random: () => number
  readonly #happened: Record<string, number> = {}
  readonly #seen: Halves
  readonly #firstSeenAt = new Map<number, number>()
  readonly #over = new AbortController()
  #brokers: Brokers | undefined
  #crew: Crew | undefined
  #apartMsMax = 0
  #movedAt = performance.now()
  #startedAt = 0
  /** When a broker was away last. */
  #awayAt = -Infinity

  constructor(folder: string, options: CourseOptions) {
    this.#folder = folder
    this.#options = options
    this.#random = seeded(options.seed)
    this.#seen = new Halves(options.items)
  }

  async run(): Promise<CourseOutcome> {
    const { items, takesMs, processes } = this.#options
    const brokers = (this.#brokers = await Brokers.open(this.#folder, this.#options.brokers))
    const engine = `kafka://${brokers.addresses}?sessionTimeoutMs=${sessionMs}&replication=${brokers.count}`
    const crew = (this.#crew = new Crew({ engine, folder: this.#folder, environment: { COUNT: String(items), TAKES_MS: String(takesMs) }, note: event => this.#note(event), mayGiveUp: () => performance.now() - this.#awayAt < brokerPatienceMs }))
    this.#startedAt = this.#movedAt = performance.now()
    for (let count = 0; count < processes; count++) crew.begin()
    const reading = this.#witness(engine)
    const disturbing = Promise.all([this.#disturb(crew), this.#refill(crew)])
    await Promise.race([crew.complete, this.#standstill(), reading.then(() => new Promise(() => {}))])
    const elapsedMs = performance.now() - this.#startedAt
    this.#note('the run is complete')
    await disturbing
    await within(crew.ended(), endingMsMax, 'the other processes did not end after the run was complete')
    const complaints = await this.#judge(engine)
    this.#over.abort()
    await reading
    return { complaints, happened: this.#happened, processes: crew.begun, gaveUp: crew.gaveUp, elapsedMs, apartMsMax: this.#apartMsMax }
  }

  async end(): Promise<void> {
    this.#over.abort()
    this.#crew?.dismiss()
    await this.#crew?.ended()
    await this.#brokers?.[Symbol.asyncDispose]()
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  /** Sees what a committed reader sees while all of it happens. What is seen once is there for good, and nothing is seen twice. */
  async #witness(engine: string): Promise<void> {
    while (!this.#over.signal.aborted && this.#crew!.mates.length > 0) {
      const isThere = await readAll<{ readonly number: number; readonly side: 0 | 1 }>(engine, topicOfHalves, true, halves => this.#see(halves), this.#over.signal).then(() => true, (error: unknown) => {
        // Before the first process made it there is no such topic.
        if (this.#seen.seen > 0 || !String(error).includes('no topic of that name')) throw error
        return false
      })
      if (!isThere) await pause(200)
    }
  }

  #see(halves: readonly { readonly number: number; readonly side: 0 | 1 }[]): void {
    const now = performance.now()
    this.#movedAt = now
    for (const half of halves) {
      if (this.#seen.add(half) > 1) this.#note(`half ${half.side} of ${half.number} was seen again`)
      const first = this.#firstSeenAt.get(half.number)
      if (first === undefined) this.#firstSeenAt.set(half.number, now)
      else this.#apartMsMax = Math.max(this.#apartMsMax, now - first)
      if (first !== undefined) this.#firstSeenAt.delete(half.number)
    }
  }

  async #standstill(): Promise<never> {
    while (performance.now() - this.#movedAt < standstillMsMax) await pause(1_000, undefined, { ref: false })
    throw new Error(`nothing has come out for ${standstillMsMax / 1_000} s, after ${this.#seen.seen} halves`)
  }

  /** What is stuck is left alone until it is not, unless it is given no rest: else the next thing to happen might help it on. */
  async #disturb(crew: Crew): Promise<void> {
    while (!crew.isComplete) {
      await this.#during(crew, this.#random() * 2 * this.#options.everyMs)
      const before = this.#seen.seen
      for (let count = this.#upTo(atOnceMax) + 1; count > 0 && !crew.isComplete; count--) await this.#happen(crew)
      while (!this.#options.isRelentless && !crew.isComplete && this.#seen.seen === before) await this.#during(crew, beginsAgainAfterMs)
    }
  }

  async #refill(crew: Crew): Promise<void> {
    for (; !crew.isComplete; await this.#during(crew, this.#random() * 2 * beginsAgainAfterMs)) {
      if (crew.mates.length < this.#options.processes) crew.begin()
    }
  }

  async #during(crew: Crew, ms: number): Promise<void> {
    await Promise.race([pause(ms), crew.complete])
  }

  async #happen(crew: Crew): Promise<void> {
    const moving = crew.mates.filter(({ isStill, fate }) => !isStill && fate === undefined)
    const one = moving[this.#upTo(moving.length)]
    const kind = (['kill', 'kill', 'kill', 'stand still', 'stand still', 'drain', 'drain', 'cut', 'cut', 'cut', 'cut', 'kill a broker'] as const)[this.#upTo(12)]!
    if (kind === 'kill a broker') return this.#killBroker()
    if (kind === 'cut') return this.#did(`cut`, `${this.#brokers!.cut(0.1 + this.#random() * 0.9, this.#random)} connections are cut`)
    if (!one) return
    this.#did(kind, `${one.name}: ${kind}`)
    if (kind === 'kill') crew.signal(one, 'SIGKILL')
    else if (kind === 'drain') crew.signal(one, 'SIGTERM')
    else this.#standStill(crew, one, 500 + this.#random() * 2.5 * sessionMs)
  }

  #standStill(crew: Crew, mate: Mate, ms: number): void {
    crew.signal(mate, 'SIGSTOP')
    void pause(ms, undefined, { ref: false }).then(() => crew.signal(mate, 'SIGCONT'))
  }

  async #killBroker(): Promise<void> {
    if ((this.#happened['kill a broker'] ?? 0) >= this.#options.brokerKillsMax) return
    const brokers = this.#brokers!
    const one = this.#upTo(brokers.count)
    this.#did('kill a broker', `broker ${one + 1} is killed`)
    this.#awayAt = Infinity
    await brokers.kill(one)
    await pause(this.#random() * 8_000)
    await brokers.revive(one)
    this.#awayAt = performance.now()
    this.#note(`broker ${one + 1} is back`)
  }

  async #judge(engine: string): Promise<readonly string[]> {
    const { items } = this.#options
    const written = new Halves(items)
    await readAll<{ readonly number: number; readonly side: 0 | 1 }>(engine, topicOfHalves, false, halves => halves.forEach(half => written.add(half)))
    const sums: { readonly key: number; readonly value: number }[] = []
    await readAll<{ readonly key: number; readonly value: number }>(engine, topicOfSums, false, found => sums.push(...found))
    const until = performance.now() + endingMsMax
    while (this.#seen.seen < written.seen && performance.now() < until) await pause(50)
    const { reports, failures } = this.#crew!
    return [
      ...written.complaints,
      ...this.#seen.complaints.map(complaint => `as read while it was written: ${complaint}`),
      ...complaintsOfSums(sums, items),
      ...reports.filter(({ balanced, outcome }) => !balanced || outcome !== 'completed').map(({ balanced, outcome }) => `a process reported that the run is '${outcome}', and that its numbers ${balanced ? '' : 'do not '}add up`),
      ...failures,
    ]
  }

  #did(kind: string, event: string): void {
    this.#happened[kind] = (this.#happened[kind] ?? 0) + 1
    this.#note(event)
  }

  #note(event: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1_000).toFixed(1)
    this.#options.note(`${this.#startedAt === 0 ? '' : `${seconds} s, ${this.#seen.seen} halves: `}${event}`)
  }

  #upTo(max: number): number {
    return Math.floor(this.#random() * max)
  }
}

async function within<Result>(work: Promise<Result>, ms: number, complaint: string): Promise<Result> {
  const enough = new AbortController()
  const late = pause(ms, undefined, { signal: enough.signal }).then(() => Promise.reject(new Error(complaint)), () => new Promise<never>(() => {}))
  try {
    return await Promise.race([work, late])
  } finally {
    enough.abort()
  }
}

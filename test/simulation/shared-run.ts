// One seed of a run that several processes share: they come, leave, are killed, stand still, are taken for dead and get another share at any moment, on a log that
// does what Kafka does, while a person steers it. Then nothing goes wrong any more, and the run must end with every item there once.
import { clientOn, type RunReport } from '../../src/client/client.ts'
import { pauseIn, redriveIn } from '../../src/client/commands.ts'
import { allFailures } from '../../src/client/report.ts'
import { planFor } from '../../src/client/run-pipeline.ts'
import type { Clock } from '../../src/clock.ts'
import type { GroupOwnership } from '../../src/logs/memory/group-ownership.ts'
import { likeKafka, MemoryLog, MemoryStore } from '../../src/logs/memory/memory-log.ts'
import type { Failure } from '../../src/model/item.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { generator } from '../../src/reducers/seeded-random.ts'
import { namesOf } from '../../src/runtime/names.ts'
import { resultsIn } from '../../src/runtime/results.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { Groups } from './shared-groups.ts'
import { sharedPipeline, type SharedPipeline } from './shared-pipeline.ts'
import { SharedProcess } from './shared-process.ts'
import { drawnShape, mustBeMended, type SharedShape } from './shared-shape.ts'
import { SharedWitness } from './shared-witness.ts'

export interface SharedRun {
  readonly shape: SharedShape
  readonly made: SharedPipeline
  /** Of the processes that saw the run's end; of those that were stopped last, where it has none. */
  readonly reports: readonly RunReport<any>[]
  /** By name, what the run gives. */
  readonly outputs: Readonly<Record<string, readonly unknown[]>>
  readonly failures: readonly Failure<unknown>[]
  readonly taken: readonly number[]
  /** Nobody died, was stopped by force or lost track: what is limited is limited over all processes. */
  readonly isCalm: boolean
  readonly commits: number
  readonly processes: number
  /** What went wrong, as it came. */
  readonly events: readonly string[]
}

const processesMax = 4
const eventsMax = 24
/** Of all runs: those in which processes take some stages only. */
const groupedShare = 0.25
const stillMsMax = 10_000
/** Virtual time in which a run ends once nothing goes wrong any more. */
const undisturbedMsMax = 3_600_000
const pipelineName = 'shared'
/** What ends a process of its own accord: it dies by it, and another begins. */
const isDeath = /CRASHED|OUTCOME_UNKNOWN|CLOSED|TAKEN_FOR_DEAD/

export async function sharedRun(seed: number): Promise<SharedRun> {
  const course = new SharedCourse(seed)
  try {
    return await course.run()
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}\n${course.story}`, { cause: error })
  } finally {
    course.end()
  }
}

class SharedCourse {
  readonly #random
  readonly #stuck = Promise.withResolvers<never>()
  readonly #clock: VirtualClock
  readonly #store: MemoryStore
  readonly #shape: SharedShape
  readonly #made: SharedPipeline
  readonly #plan: Plan
  readonly #scope: string
  readonly #witness: SharedWitness
  readonly #isCalm: boolean
  /** Processes take some stages only. */
  readonly #groups: Groups | undefined
  readonly #living = new Set<SharedProcess>()
  readonly #events: string[] = []
  readonly #paused = new Set<string>()
  readonly #commands = new Set<Promise<void>>()
  #reports: RunReport<any>[] = []
  #processes = 0
  #isDisturbed = true
  /** Since when some stage has nobody, and nothing goes wrong any more. */
  #missingSince: number | undefined
  #isOpen = true
  #publishing: Promise<void> = Promise.resolve()

  constructor(seed: number) {
    const random = (this.#random = generator(seed))
    this.#stuck.promise.catch(() => {})
    let timers = 0
    this.#clock = new VirtualClock({
      startAt: Date.UTC(2026, 0, 1), rank: () => timers++, timersMax: 1_500_000,
      onIdle: () => { if (this.#isOpen) this.#stuck.reject(new Error('nothing can go on, and the run has not ended')) },
      onError: error => this.#stuck.reject(error),
    })
    const parts = 1 + this.#upTo(5)
    this.#shape = drawnShape(random)
    // Limits in common are held against what is at work in all processes where nothing worse goes wrong.
    this.#isCalm = random() < (this.#shape.steps.filter(step => step === 'limited').length > 1 ? 0.8 : 0.25)
    const share = !this.#isCalm && random() < 0.3 ? 0.01 : 0
    const isDisturbed = () => this.#isDisturbed
    this.#made = sharedPipeline(this.#shape, { random, clock: this.#clock })
    this.#plan = planFor(this.#made.pipeline, undefined, { parts })
    // By a chance of its own, so that all else is as it is without.
    const groups = generator(seed + 1_000_000_007)
    if (groups() < groupedShare) this.#groups = new Groups(this.#plan, groups)
    this.#scope = this.#shape.isEndless ? pipelineName : `${pipelineName}/1`
    this.#witness = new SharedWitness(this.#plan, this.#scope, this.#made.published.name)
    this.#store = new MemoryStore({ ...likeKafka, clock: this.#clock, random, parts, delayMsMax: 1 + this.#upTo(40), observer: this.#witness, get lostAcknowledgements() { return isDisturbed() ? share : 0 } } )
  }

  get story(): string {
    return `${this.#events.join('\n')}\n${JSON.stringify({ parts: this.#store.options.parts, isCalm: this.#isCalm, ...this.#shape })}`
  }

  async run(): Promise<SharedRun> {
    return Promise.race([this.#run(), this.#stuck.promise])
  }

  end(): void {
    this.#isOpen = false
    this.#clock.stop()
  }

  async #run(): Promise<SharedRun> {
    if (this.#shape.source === 'published') await this.#publish(0, this.#shape.count)
    this.#publishing = this.#publishLate()
    for (let count = this.#upTo(eventsMax); count > 0 && !this.#witness.isComplete; count--) {
      this.#happen()
      await this.#sleep(this.#upTo(600))
    }
    this.#isDisturbed = false
    await Promise.all([this.#publishing, ...this.#commands])
    await this.#resumeAll()
    if (this.#shape.isEndless) await this.#untilDrained()
    else await this.#untilOver()
    return this.#outcome()
  }

  #happen(): void {
    const all = [...this.#living]
    const one = all[this.#upTo(all.length)]
    const kinds = ['begins', 'begins', 'rebalances', 'is stopped', 'rebalances', 'pause', 'resume', 'redrive', 'mend', ...(this.#isCalm ? [] : ['crashes', 'crashes', 'is taken for dead', 'stands still', 'stands still for long'])]
    const kind = kinds[this.#upTo(kinds.length)]!
    if (!one || (kind === 'begins' && all.length < processesMax)) return this.#begin()
    switch (kind) {
      case 'begins': case 'rebalances':
        this.#note('rebalances')
        return (this.#store.ownership as GroupOwnership).rebalance(this.#scope)
      case 'is stopped': return this.#to(one, kind, () => one.stop())
      case 'crashes': return this.#to(one, kind, () => this.#kill(one))
      case 'is taken for dead': return this.#to(one, kind, () => one.expel())
      case 'stands still': return this.#to(one, kind, () => one.freeze(this.#upTo(2_500)))
      case 'stands still for long': return this.#to(one, kind, () => {
        one.freeze(2_000 + this.#upTo(stillMsMax - 2_000))
        this.#clock.after(this.#upTo(2_000), () => one.expel())
      })
      case 'mend':
        if (mustBeMended(this.#shape) || this.#random() < 0.5) return
        this.#note('the cause is mended')
        return this.#made.mend()
      default: return this.#command(kind as 'pause' | 'resume' | 'redrive')
    }
  }

  #command(kind: 'pause' | 'resume' | 'redrive'): void {
    const { name } = this.#plan.stages[this.#upTo(this.#plan.stages.length)]!
    const stage = `${pipelineName}/${kind === 'redrive' && this.#random() < 0.7 ? 'first' : name}`
    this.#note(`somebody asks to ${kind} '${stage}'`)
    if (kind === 'pause') this.#paused.add(stage)
    const log = new MemoryLog(this.#store)
    const command = (async () => {
      if (kind === 'redrive') this.#note(`${await redriveIn(log, stage, {}, this.#clock)} are sent back`)
      else await pauseIn(log, stage, undefined, kind === 'pause', this.#clock)
    })().catch((error: unknown) => {
      // A run that has not begun, a leader that died with the command, or an acknowledgement lost.
      if (!/NO_STAGE|NO_ANSWER|OUTCOME_UNKNOWN|FENCED/.test(codeOf(error))) this.#stuck.reject(error)
    }).finally(() => {
      this.#commands.delete(command)
      void log.close()
    })
    this.#commands.add(command)
  }

  #begin(stages = this.#groups?.drawn()): void {
    const name = ++this.#processes
    const said = (message: string) => { if (message.includes('waits')) this.#note(`${name} says: ${message}`) }
    const process = new SharedProcess({ name, store: this.#store, clock: this.#clock, random: this.#random, witness: this.#witness, stages, said })
    this.#note(`${name} begins${stages ? ` for ${stages.join(', ')}` : ''}`)
    this.#living.add(process)
    process.run(this.#made.pipeline, this.#shape.isEndless, this.#scope).then(report => this.#ended(process, report), (error: unknown) => this.#failed(process, error)).catch((error: unknown) => this.#stuck.reject(error as Error))
  }

  async #ended(process: SharedProcess, report: RunReport<any> | undefined): Promise<void> {
    if (process.isDead) return
    if (!report) {
      this.#note(`${process.name} came when the run was over`)
      return this.#kill(process)
    }
    this.#note(`${process.name} ended: ${report.outcome}${report.reasons.length > 0 ? `, ${report.reasons.join('; ')}` : ''}`)
    this.#living.delete(process)
    if (report.outcome !== 'stopped') this.#reports.push(report)
    else if (report.reasons.some(reason => /stays shut|tolerates/.test(reason))) this.#made.mend()
    // Who stands still cannot take back that it rests.
    if (report.reasons.some(reason => reason.includes('defect')) && !this.#events.some(event => event.includes('stands still'))) throw new Error(report.reasons.join('; '))
    await process.close()
  }

  #failed(process: SharedProcess, error: unknown): void {
    if (process.isDead) return
    this.#note(`${process.name} failed: ${String(error)}`)
    this.#kill(process)
    if (!isDeath.test(codeOf(error))) throw error
  }

  #kill(process: SharedProcess): void {
    this.#living.delete(process)
    process.die()
  }

  /** Somebody may send something back just after its end: then it goes on. */
  async #untilOver(): Promise<void> {
    for (let waitedMs = 0; this.#living.size > 0 || !this.#witness.isComplete; waitedMs += 50) {
      this.#beginMissing()
      if (waitedMs > undisturbedMsMax) throw new Error('the run does not end')
      await this.#sleep(50)
    }
  }

  /** Until what is known to come has come, and a while longer: what comes too much shall be seen. */
  async #untilDrained(): Promise<void> {
    // Who stands still goes on, and who has just died left something unsaid.
    await this.#sleep(stillMsMax)
    for (let waitedMs = 0; this.#living.size === 0 || this.#witness.left > 0 || this.#missing.length > 0; waitedMs += 200) {
      this.#beginMissing()
      if (waitedMs > undisturbedMsMax) throw new Error(`the run goes on and does not come to its end: ${this.#witness.left} items are left`)
      await this.#sleep(200)
    }
    await this.#sleep(stillMsMax)
    for (const process of this.#living) process.stop()
    while (this.#living.size > 0) await this.#sleep(50)
  }

  /** What nobody takes at the moment. */
  get #missing(): readonly string[] {
    return this.#groups?.missing([...this.#living].map(({ stages }) => stages)) ?? []
  }

  /** So that somebody takes each stage. */
  #beginMissing(): void {
    const missing = this.#missing
    if (this.#living.size === 0) this.#begin()
    else if (missing.length === 0) this.#missingSince = undefined
    else if (this.#clock.monotonic() - (this.#missingSince ??= this.#clock.monotonic()) > this.#groups!.patienceMs && !this.#witness.isComplete) this.#begin(missing)
  }

  async #resumeAll(): Promise<void> {
    for (const stage of this.#paused) {
      for (let isResumed = false; !isResumed;) {
        const log = new MemoryLog(this.#store)
        isResumed = await pauseIn(log, stage, undefined, false, this.#clock).then(() => true, error => {
          if (codeOf(error).includes('NO_STAGE')) return true
          if (/NO_ANSWER|FENCED/.test(codeOf(error))) return false
          throw error
        })
        await log.close()
      }
    }
  }

  async #publish(from: number, count: number): Promise<void> {
    const log = new MemoryLog(this.#store)
    const client = clientOn(log, { clock: this.#clock, random: this.#random })
    const items = Array.from({ length: count }, (_, index) => from + index)
    await client.publishAll(this.#made.published, this.#shape.topicHasIds ? [...items, ...items.slice(0, 3)] : items)
    await log.close()
  }

  async #publishLate(): Promise<void> {
    for (let done = 0; done < this.#shape.lateCount; done++) {
      await this.#sleep(this.#upTo(400))
      await this.#publish(this.#shape.count + done, 1)
    }
  }

  async #outcome(): Promise<SharedRun> {
    const log = new MemoryLog(this.#store)
    const names = namesOf(this.#plan, this.#scope)
    const outputs: Record<string, readonly unknown[]> = {}
    for (const { name } of this.#plan.outputs) outputs[name] = await collected(resultsIn(log, this.#plan, names, name))
    const failures = await collected(allFailures(log, this.#plan, names))
    return {
      shape: this.#shape, made: this.#made, reports: this.#reports, outputs, failures, isCalm: this.#isCalm, commits: this.#witness.commits, processes: this.#processes, events: this.#events,
      taken: this.#shape.source === 'published' ? this.#witness.taken : Array.from({ length: this.#shape.count }, (_, index) => index),
    }
  }

  #to(one: SharedProcess, what: string, happen: () => void): void {
    this.#note(`${one.name} ${what}`)
    happen()
  }

  #note(event: string): void {
    this.#events.push(`${Math.round(this.#clock.monotonic())} ${event}`)
  }

  #upTo(max: number): number {
    return Math.floor(this.#random() * max)
  }

  #sleep(ms: number): Promise<void> {
    return Promise.race([new Promise<void>(resolve => void (this.#clock as Clock).after(ms, resolve)), this.#stuck.promise])
  }
}

function codeOf(error: unknown): string {
  return `${String((error as { readonly code?: string }).code)} ${String(error)}`
}

async function collected<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

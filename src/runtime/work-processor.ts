// Runs a worker on each unit: as many at once as the executor has room for, within the stage's limits, each to its deadline.
import type { Clock } from '../clock.ts'
import type { Executor, Task, WorkTimes } from '../executor.ts'
import { TimeoutError } from '../model/errors.ts'
import { KeyGate } from '../policies/key-gate.ts'
import type { Limiter } from '../policies/limiter.ts'
import { Deadlines } from './deadlines.ts'
import { passed, type Flight } from './flight.ts'
import { StatelessProcessor, type Host } from './processor.ts'
import { UnitContext, type StageContext } from './unit-context.ts'
import { sumOfTimes, WorkTimer, type TimedUnit } from './work-timer.ts'

export interface WorkProcessorOptions {
  readonly host: Host
  readonly clock: Clock
  readonly executor: Executor
  /** While a worker replaces another: the one that an attempt just begun is for. */
  readonly executors?: { readonly old: Executor; readonly isOld: (flight: Flight, unit: number) => boolean } | undefined
  readonly context: StageContext
  readonly limiters: readonly Limiter[]
  readonly timeoutMs: number | undefined
  /** Retries in place, and holds the key's later items meanwhile. */
  readonly isOrdered: boolean
  /** How many of one key may be at work; without it keys do not matter. */
  readonly perKey: number | undefined
  readonly keyLimiter: ((key: string) => Limiter) | undefined
  readonly lanes: number
  /** Each is left a slot at least. */
  readonly otherLanes: number
  /** What all lanes of the stage in this process have in common, where they have runners of their own: as much as the executor has room for. */
  readonly slots: Limiter | undefined
}

interface Job {
  readonly flight: Flight
  readonly unit: number
}

/** Units of keys that have their share already are kept in memory, up to this many. */
const parkedMax = 20_000
/** So long units are started before the event loop is let in again: one that ends at once is followed by the next in the same turn of it. */
const turnMsMax = 10
/** From one look at the clock to the next. */
const unitsPerLook = 256
/** Where the clock stands still. */
const unitsPerTurn = 64 * unitsPerLook

export class WorkProcessor extends StatelessProcessor {
  readonly #options: WorkProcessorOptions
  readonly #host: Host
  readonly #executor: Executor
  readonly #gate: KeyGate<Job> | undefined
  readonly #deadlines: Deadlines | undefined
  readonly #timer: WorkTimer
  readonly #runningByLane: number[]
  /** Have their key, and wait for a slot or a limit. */
  readonly #held: Job[] = []
  /** Have their key, and wait for their next attempt. */
  #waitingForRetry = 0
  #inFlight = 0
  #startsLeft = 0
  #turnBeganMs = 0
  #isPumping = false
  #isClosed = false

  constructor(options: WorkProcessorOptions) {
    super()
    this.#options = options
    this.#host = options.host
    this.#executor = options.executor
    this.#timer = new WorkTimer(options.clock)
    this.#runningByLane = Array.from({ length: options.lanes }, () => 0)
    this.#gate = options.perKey === undefined ? undefined : new KeyGate(options.perKey)
    this.#deadlines = options.timeoutMs === undefined ? undefined : new Deadlines(options.clock, options.timeoutMs)
  }

  get inFlight(): number {
    return this.#inFlight + this.#waitingForRetry
  }

  get waitingForRetry(): number {
    return this.#waitingForRetry
  }

  takeTimes(): WorkTimes {
    const { executor, executors } = this.#options
    return sumOfTimes([this.#timer.take(), executor.takeTimes?.(), executors?.old.takeTimes?.()])
  }

  pump(): void {
    this.#startsLeft = unitsPerTurn
    this.#turnBeganMs = this.#timer.nowMs
    this.#options.slots?.allow(this.#executor.capacity)
    this.#startMore()
  }

  override async close(): Promise<void> {
    this.#isClosed = true
    this.#deadlines?.close()
    for (const context of this.#options.context.abortable) UnitContext.abort(context, new DOMException('the run is stopping', 'AbortError'))
    await Promise.all([this.#executor.close(), this.#options.executors?.old.close()])
  }

  finished({ context, flight, unit }: UnitTask): void {
    this.#leave(context, flight, unit)
    const next = this.#gate?.leave(this.#keyOf(flight, unit))
    if (next && !(this.#mayStart(next) && this.#admit(next.flight, next.unit))) this.#held.push(next)
    if (this.#startsLeft > 0) this.#startMore()
  }

  /** Whether a failed unit waits for its next attempt in place. */
  retryInPlace({ flight, unit, context }: UnitTask, error: unknown): boolean {
    const state = this.#options.isOrdered ? this.#host.hold(flight, unit, error) : undefined
    if (!state) return false
    const { clock } = this.#options
    this.#leave(context, flight, unit)
    this.#waitingForRetry++
    clock.after(Math.max(0, state.dueAt - clock.now()), () => {
      this.#waitingForRetry--
      this.#held.push({ flight, unit })
      this.pump()
    })
    return true
  }

  /** Gives back the slot and the limits, not the key. */
  #leave(context: UnitContext, flight: Flight, unit: number): void {
    this.#inFlight--
    UnitContext.forget(context)
    this.#runningByLane[flight.origin.lane]!--
    for (const limiter of this.#limitersOf(flight, unit)) limiter.release()
  }

  #startMore(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    try {
      this.#startUnits()
    } finally {
      this.#isPumping = false
    }
  }

  #startUnits(): void {
    for (; this.#startsLeft > 0; this.#startsLeft--) {
      if (this.#startsLeft % unitsPerLook === 0 && this.#timer.nowMs - this.#turnBeganMs >= turnMsMax) break
      if (this.#isClosed || this.#inFlight >= this.#executor.capacity || (this.#gate && this.#gate.parkedCount >= parkedMax)) return
      const place = this.#held.length === 0 ? -1 : this.#held.findIndex(this.#mayStart)
      if (place >= 0) {
        const held = this.#held[place]!
        if (!this.#admit(held.flight, held.unit)) return
        this.#held.splice(place, 1)
        continue
      }
      const flight = this.#host.intake.nextUnit(this.#mayRun)
      if (!flight) return
      if (!this.#take(flight, flight.cursor - 1)) return
    }
    this.#startsLeft = 0
    this.#host.wake()
  }

  /** Starts a unit, or keeps it for when its key or a limit lets it; false where no other could start either. */
  #take(flight: Flight, unit: number): boolean {
    if (this.#gate && !this.#gate.enter(this.#keyOf(flight, unit), { flight, unit })) return true
    if (this.#admit(flight, unit)) return true
    this.#held.unshift({ flight, unit })
    return false
  }

  /** The executor's room grows: it is asked each time. */
  readonly #mayRun = (lane: number): boolean => {
    const slots = Math.max(1, this.#executor.capacity - this.#options.otherLanes)
    return this.#runningByLane[lane]! < slots && this.#host.mayRun(lane)
  }

  /** What waited for its key or a limit stays where it is while its lane is paused, drained or let go. */
  readonly #mayStart = ({ flight }: Job): boolean => !this.#isClosed && this.#host.mayRun(flight.origin.lane)

  /** Starts a unit if every limit lets it. */
  #admit(flight: Flight, unit: number): boolean {
    const limiters = this.#limitersOf(flight, unit)
    if (limiters.length > 0 && !this.#acquire(limiters)) return false
    this.#start(flight, unit)
    return true
  }

  #acquire(limiters: readonly Limiter[]): boolean {
    const acquired: Limiter[] = []
    for (const limiter of limiters) {
      if (limiter.tryAcquire(this.#wake)) {
        acquired.push(limiter)
        continue
      }
      for (const other of acquired) other.release()
      return false
    }
    return true
  }

  readonly #wake = (): void => this.#host.wake()

  #start(flight: Flight, unit: number): void {
    this.#inFlight++
    this.#runningByLane[flight.origin.lane]!++
    this.#host.starting(flight, unit)
    const context = new UnitContext(this.#options.context, flight, unit, (this.#host.retryOf(flight, unit)?.attempts ?? 0) + 1)
    const executor = this.#executorFor(flight, unit)
    const timed = executor.takeTimes ? undefined : this.#timer.begin()
    const task = new UnitTask(this, this.#host, flight, unit, context, this.#options.timeoutMs, timed)
    if (this.#deadlines && !executor.keepsDeadlines) this.#watch(this.#deadlines, task)
    executor.start(task)
    if (timed) timed.isBlocking = false
  }

  #executorFor(flight: Flight, unit: number): Executor {
    const { executors } = this.#options
    return executors?.isOld(flight, unit) ? executors.old : this.#executor
  }

  #watch(deadlines: Deadlines, task: UnitTask): void {
    deadlines.add(() => task.isOver, () => {
      const error = new TimeoutError(this.#options.context.stage, this.#options.timeoutMs!)
      UnitContext.abort(task.context, error)
      task.fail(error)
    })
  }

  #limitersOf(flight: Flight, unit: number): readonly Limiter[] {
    const { limiters, keyLimiter } = this.#options
    return keyLimiter ? [...limiters, keyLimiter(this.#keyOf(flight, unit))] : limiters
  }

  #keyOf(flight: Flight, unit: number): string {
    return flight.keyOf(unit) ?? ''
  }
}

class UnitTask implements Task {
  readonly #processor: WorkProcessor
  readonly #host: Host
  readonly flight: Flight
  readonly unit: number
  readonly context: UnitContext
  readonly timeoutMs: number | undefined
  readonly #timed: TimedUnit | undefined
  isOver = false

  constructor(processor: WorkProcessor, host: Host, flight: Flight, unit: number, context: UnitContext, timeoutMs: number | undefined, timed: TimedUnit | undefined) {
    this.#processor = processor
    this.#host = host
    this.flight = flight
    this.unit = unit
    this.context = context
    this.timeoutMs = timeoutMs
    this.#timed = timed
  }

  get value(): unknown {
    return this.flight.units.values[this.unit]
  }

  settle(result: unknown): void {
    if (this.isOver) return
    this.isOver = true
    this.#timed?.end()
    this.#host.settle(this.flight, this.unit, result === undefined ? passed : result)
    this.#processor.finished(this)
  }

  fail(error: unknown): void {
    if (this.isOver) return
    this.isOver = true
    this.#timed?.end()
    if (this.#processor.retryInPlace(this, error)) return
    this.#host.fail(this.flight, this.unit, error)
    this.#processor.finished(this)
  }
}

// Adds every unit to a sum: one for all, or one a key. The sums are the stage's state, committed with the progress they stand for.
import type { Clock, Timer } from '../clock.ts'
import type { WorkTimes } from '../executor.ts'
import type { Log, StateChange } from '../log.ts'
import { fromText, toText } from '../model/codec.ts'
import type { Items } from '../model/items.ts'
import { chunkItemsMax } from '../model/items.ts'
import type { Reducer } from '../model/reducer.ts'
import { dropped, type Flight } from './flight.ts'
import type { Host, Processor } from './processor.ts'
import { allEntries } from './state.ts'
import { UnitMeta } from './unit-meta.ts'
import { WorkTimer } from './work-timer.ts'

export interface ReduceProcessorOptions {
  readonly host: Host
  readonly log: Log
  readonly clock: Clock
  readonly reducer: Reducer<any, any, any>
  readonly isKeyed: boolean
  /** When changed results are given on: never before the end, after each commit, or every so often. */
  readonly emitEveryMs: number | undefined
  readonly store: string
  /** Where the emission at the end has come to. */
  readonly cursorStore: string
  /** Keys whose changed result was not given on yet, for the process after this one. */
  readonly unsaidStore: string
  readonly round: () => number
}

/** Sums of keys kept in memory; the others are read from the state when they come up. */
const keysInMemoryMax = 100_000
/** The one sum of a reduce without keys. */
const soleKey = 'all'

export class ReduceProcessor implements Processor {
  readonly #options: ReduceProcessorOptions
  readonly #sums = new Map<string, unknown>()
  readonly #dirty = new Set<string>()
  readonly #unsaid = new Set<string>()
  /** Given on since the last commit. */
  readonly #said = new Set<string>()
  #isRunning = false
  #isClosed = false
  #isLoaded = false
  #isHeir = true
  #saidAt = -Infinity
  #timer: Timer | undefined
  readonly #workTimer: WorkTimer

  constructor(options: ReduceProcessorOptions) {
    this.#options = options
    this.#workTimer = new WorkTimer(options.clock)
  }

  get inFlight(): number {
    return this.#isRunning ? 1 : 0
  }

  /** A result that is due is given on though nothing more comes. */
  get hasChanges(): boolean {
    return this.#dueInMs <= 0
  }

  pump(): void {
    if (this.#isRunning) return
    const { host, emitEveryMs } = this.#options
    if (this.#isHeir && emitEveryMs) return this.#run(this.#inherit())
    this.#wakeWhenDue()
    const flight = host.intake.nextFlight(host.mayRun)
    if (!flight) return
    const missing = this.#missingKeys(flight)
    if (missing.length > 0) return this.#run(this.#load(missing).then(() => this.#addAll(flight)))
    this.#addAll(flight)
    host.wake()
  }

  changes(): readonly StateChange[] {
    const changes = [...this.#dirty].map(key => ({ store: this.#options.store, key, value: toText(this.#sums.get(key)) }))
    const notes = this.#notes()
    this.#dirty.clear()
    return [...changes, ...notes]
  }

  /** A result that is given on every so often is noted as owed until it is, or a restart would forget it. */
  #notes(): readonly StateChange[] {
    const { emitEveryMs, unsaidStore: store } = this.#options
    if (!emitEveryMs) return []
    const owed = [...this.#dirty].filter(key => this.#unsaid.has(key)).map(key => ({ store, key, value: 'true' }))
    const paid = [...this.#said].filter(key => !this.#unsaid.has(key)).map(key => ({ store, key, value: null }))
    this.#said.clear()
    return [...owed, ...paid]
  }

  committed(): void {
    if (this.#sums.size <= keysInMemoryMax) return
    for (const key of this.#sums.keys()) {
      if (!this.#dirty.has(key) && !this.#unsaid.has(key)) this.#sums.delete(key)
      if (this.#sums.size <= keysInMemoryMax / 2) return
    }
  }

  takeTimes(): WorkTimes {
    return this.#workTimer.take()
  }

  extraResults(): readonly Items[] {
    const { emitEveryMs, clock } = this.#options
    if (emitEveryMs === undefined || this.#unsaid.size === 0) return []
    if (clock.monotonic() - this.#saidAt < emitEveryMs) return []
    this.#saidAt = clock.monotonic()
    const values = [...this.#unsaid].map(key => this.#resultOf(key, this.#sums.get(key)))
    for (const key of this.#unsaid) this.#said.add(key)
    this.#unsaid.clear()
    return [{ values }]
  }

  async finish() {
    const { emitEveryMs, isKeyed } = this.#options
    if (emitEveryMs !== undefined) return this.#lastChanges()
    return isKeyed ? this.#nextEntries() : this.#soleResult()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  #run(work: Promise<void>): void {
    const { host } = this.#options
    this.#isRunning = true
    work.catch(host.onError).finally(() => {
      this.#isRunning = false
      host.wake()
    })
  }

  /** Infinity where nothing is to be given on, or not by time. */
  get #dueInMs(): number {
    const { emitEveryMs, clock } = this.#options
    return emitEveryMs && this.#unsaid.size > 0 ? this.#saidAt + emitEveryMs - clock.monotonic() : Infinity
  }

  #wakeWhenDue(): void {
    const waitMs = this.#dueInMs
    this.#timer?.cancel()
    this.#timer = waitMs > 0 && waitMs < Infinity ? this.#options.clock.after(waitMs, this.#options.host.wake) : undefined
  }

  async #lastChanges() {
    await this.#inherit()
    if (this.#unsaid.size === 0) return undefined
    this.#saidAt = -Infinity
    return { results: this.extraResults(), state: this.#notes() }
  }

  /** What the process before this one has not given on any more. */
  async #inherit(): Promise<void> {
    if (!this.#isHeir || !this.#options.emitEveryMs) return
    this.#isHeir = false
    const owed = [...(await allEntries(this.#options.log, this.#options.unsaidStore)).keys()]
    if (owed.length > 0) await this.#load(owed)
    for (const key of owed) this.#unsaid.add(key)
  }

  /** Another round may begin meanwhile: what is given here is not its result. */
  async #soleResult() {
    const round = this.#options.round()
    if (await this.#cursor(round)) return undefined
    await this.#load([soleKey])
    return { results: [{ values: [this.#options.reducer.extract(this.#sums.get(soleKey))] }], state: [this.#cursorAt(soleKey, round)] }
  }

  async #nextEntries() {
    const round = this.#options.round()
    const after = await this.#cursor(round)
    const entries = await this.#options.log.scan(this.#options.store, after, chunkItemsMax)
    if (entries.length === 0) return undefined
    const values = entries.map(({ key, value }) => this.#resultOf(key, fromText(value)))
    return { results: [{ values }], state: [this.#cursorAt(entries.at(-1)!.key, round)] }
  }

  async #cursor(round: number): Promise<string | undefined> {
    const [entry] = await this.#options.log.get(this.#options.cursorStore, [String(round)])
    return entry && (JSON.parse(entry.value) as string)
  }

  #cursorAt(key: string, round: number): StateChange {
    return { store: this.#options.cursorStore, key: String(round), value: JSON.stringify(key) }
  }

  #resultOf(key: string, sum: unknown): unknown {
    const value = this.#options.reducer.extract(sum)
    return this.#options.isKeyed ? { key: JSON.parse(key), value } : value
  }

  #missingKeys(flight: Flight): readonly string[] {
    if (!this.#options.isKeyed) return this.#isLoaded ? [] : [soleKey]
    const missing = new Set<string>()
    for (let unit = 0; unit < flight.unitCount; unit++) {
      const key = flight.keyOf(unit)
      if (key !== null && !this.#sums.has(key)) missing.add(key)
    }
    return [...missing]
  }

  async #load(keys: readonly string[]): Promise<void> {
    const found = await this.#options.log.get(this.#options.store, keys.filter(key => !this.#sums.has(key)))
    for (const { key, value } of found) this.#sums.set(key, fromText(value))
    for (const key of keys) if (!this.#sums.has(key)) this.#sums.set(key, this.#options.reducer.create())
    this.#isLoaded = true
  }

  #addAll(flight: Flight): void {
    // Nothing is settled any more, and a sum that has an item must not be stored without the item's progress.
    if (this.#isClosed) return
    const { host, isKeyed } = this.#options
    const beganMs = this.#workTimer.nowMs
    for (let unit = 0; unit < flight.unitCount; unit++) {
      if (!flight.isOpen(unit)) continue
      const key = isKeyed ? flight.keyOf(unit)! : soleKey
      const error = this.#add(key, flight, unit)
      if (error) host.fail(flight, unit, error)
      else host.settle(flight, unit, dropped)
    }
    this.#workTimer.together(flight.unitCount, beganMs, true)
  }

  /** Gives what the reducer threw. */
  #add(key: string, flight: Flight, unit: number): unknown {
    try {
      this.#sums.set(key, this.#options.reducer.add(this.#sums.get(key), flight.units.values[unit], new UnitMeta(flight, unit)))
      this.#dirty.add(key)
      if (this.#options.emitEveryMs !== undefined) this.#unsaid.add(key)
      return undefined
    } catch (error) {
      return error ?? new Error('the reducer threw nothing')
    }
  }
}

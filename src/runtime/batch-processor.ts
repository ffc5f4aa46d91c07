// Gathers units until a batch is full or due. Units that wait are not done: after a crash they are read again from where they are stored, and only
// when the oldest of a batch came is kept, so that a restart does not prolong its time.
import type { Clock, Timer } from '../clock.ts'
import type { Log, StateChange } from '../log.ts'
import { toText } from '../model/codec.ts'
import { type BatchBounds, dueIn, isFull } from '../policies/batching.ts'
import { dropped, type Flight } from './flight.ts'
import { StatelessProcessor, type Host } from './processor.ts'
import { allEntries } from './state.ts'

export interface BatchProcessorOptions {
  readonly host: Host
  readonly log: Log
  readonly clock: Clock
  readonly bounds: BatchBounds
  readonly isKeyed: boolean
  /** When open batches were opened, by key. */
  readonly store: string
}

interface Batch {
  readonly openedAt: number
  readonly units: { readonly flight: Flight; readonly unit: number }[]
  bytes: number
}

/** Units that wait in memory; beyond it the fullest batch is closed early. */
const waitingMax = 1_000_000
/** A timer for a far time is set anew, so that a clock that jumps costs no more than this. */
const timerMsMax = 60_000
/** The one batch of a stream without keys. */
const soleKey = 'all'

export class BatchProcessor extends StatelessProcessor {
  readonly #options: BatchProcessorOptions
  readonly #open = new Map<string, Batch>()
  readonly #changes = new Map<string, StateChange>()
  #openedBefore: Map<string, string> | undefined
  #isLoading = false
  #waiting = 0
  #timer: Timer | undefined

  constructor(options: BatchProcessorOptions) {
    super()
    this.#options = options
  }

  get inFlight(): number {
    return this.#isLoading ? 1 : 0
  }

  get hasChanges(): boolean {
    return this.#changes.size > 0
  }

  /** Without a time only more items, or the end, can close what gathers. */
  get waitsForMore(): boolean {
    return this.#options.bounds.withinMs === Infinity
  }

  pump(): void {
    if (!this.#openedBefore) return this.#load()
    const { host } = this.#options
    for (let flight = host.intake.nextFlight(host.mayRun); flight; flight = host.intake.nextFlight(host.mayRun)) this.#gather(flight)
    this.#closeDue()
    if (host.isInputOver()) for (const key of this.#open.keys()) this.#close(key)
    this.#setTimer()
  }

  override changes(): readonly StateChange[] {
    const changes = [...this.#changes.values()]
    this.#changes.clear()
    return changes
  }

  override async close(): Promise<void> {
    this.#timer?.cancel()
  }

  #load(): void {
    if (this.#isLoading) return
    this.#isLoading = true
    const { log, store, host } = this.#options
    allEntries(log, store).then(entries => { this.#openedBefore = new Map(entries) }).catch(host.onError).finally(() => {
      this.#isLoading = false
      host.wake()
    })
  }

  #gather(flight: Flight): void {
    const { bounds, isKeyed } = this.#options
    for (let unit = 0; unit < flight.unitCount; unit++) {
      if (!flight.isOpen(unit)) continue
      const key = isKeyed ? flight.keyOf(unit)! : soleKey
      const batch = this.#open.get(key) ?? this.#begin(key)
      batch.units.push({ flight, unit })
      if (bounds.bytes < Infinity) batch.bytes += sizeOf(flight.units.values[unit])
      this.#waiting++
      if (isFull(bounds, { count: batch.units.length, bytes: batch.bytes })) this.#close(key)
      else if (this.#waiting > waitingMax) this.#close(this.#fullest())
    }
  }

  #begin(key: string): Batch {
    const { clock, bounds, store } = this.#options
    const before = this.#openedBefore!.get(key)
    const batch: Batch = { openedAt: before === undefined ? clock.now() : Number(before), units: [], bytes: 0 }
    this.#openedBefore!.delete(key)
    this.#open.set(key, batch)
    if (before === undefined && bounds.withinMs < Infinity) this.#changes.set(key, { store, key, value: String(batch.openedAt) })
    return batch
  }

  /** All of it in one commit: the last unit carries the batch. */
  #close(key: string): void {
    const { units } = this.#open.get(key)!
    const { host, isKeyed, bounds, store } = this.#options
    const values = units.map(({ flight, unit }) => flight.units.values[unit])
    this.#open.delete(key)
    this.#waiting -= units.length
    if (bounds.withinMs < Infinity) this.#changes.set(key, { store, key, value: null })
    host.inOneCommit(() => units.forEach(({ flight, unit }, index) => {
      const isLast = index === units.length - 1
      host.settle(flight, unit, isLast ? (isKeyed ? { key: JSON.parse(key) as unknown, value: values } : values) : dropped)
    }))
  }

  #closeDue(): void {
    const { bounds, clock } = this.#options
    if (bounds.withinMs === Infinity) return
    for (const [key, { openedAt }] of this.#open) if (dueIn(bounds, openedAt, clock.now()) === 0) this.#close(key)
  }

  /** Batches are opened in order, but one that was open before a restart may be due before those opened since. */
  #setTimer(): void {
    const { bounds, clock, host } = this.#options
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#open.size === 0 || bounds.withinMs === Infinity) return
    let waitMs = timerMsMax
    for (const { openedAt } of this.#open.values()) waitMs = Math.min(waitMs, dueIn(bounds, openedAt, clock.now()))
    this.#timer = clock.after(waitMs, host.wake)
  }

  #fullest(): string {
    let fullest = ''
    for (const [key, { units }] of this.#open) if (units.length > (this.#open.get(fullest)?.units.length ?? 0)) fullest = key
    return fullest
  }
}

/** Bytes as they are stored: JSON, or the bytes themselves. */
function sizeOf(value: unknown): number {
  return value instanceof Uint8Array ? value.byteLength : Buffer.byteLength(toText(value))
}

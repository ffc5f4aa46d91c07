// Has the splits of a source mapped and combined elsewhere, and at the end their runs merged. A split is settled when its run file is durable; the
// reference to that goes into the commit of its progress. Items that come one by one, redriven ones, are added here, and are one more run.
import type { Clock } from '../clock.ts'
import type { WorkTimes } from '../executor.ts'
import type { StateChange } from '../log.ts'
import type { Mapped, MapReducer, PlacedSplit, RunFile } from '../map-reducer.ts'
import type { Split } from '../source.ts'
import { dropped, type Flight } from './flight.ts'
import type { MapReduceFeed } from './map-reduce-feed.ts'
import { contentsOf } from './map-reduce-contents.ts'
import type { MapReduceEmission } from './map-reduce-emission.ts'
import { runKey } from './map-reduce-runs.ts'
import type { Contents, Host, LastResults, Processor } from './processor.ts'
import type { RetryState } from '../model/item.ts'
import { sumOfTimes, WorkTimer } from './work-timer.ts'

export interface MapReduceProcessorOptions {
  readonly host: Host
  readonly clock: Clock
  readonly mapReducer: MapReducer
  /** By the name of the input. */
  readonly feeds: ReadonlyMap<string, MapReduceFeed>
  /** State store of the references to run files. */
  readonly store: string
  readonly epoch: number
  readonly refuse: (error: unknown, before: RetryState | undefined) => RetryState
  readonly emission: MapReduceEmission
  /** Adds items that come one by one; given a host whose only flights are those. */
  readonly single: (host: Host) => Processor
  readonly signal: AbortSignal
}

interface Settled {
  readonly flight: Flight
  readonly mapped: Mapped
}

export class MapReduceProcessor implements Processor {
  readonly #options: MapReduceProcessorOptions
  readonly #single: Processor
  readonly #singleFlights: Flight[] = []
  #settled: Settled[] = []
  #references: StateChange[] = []
  readonly #timer: WorkTimer
  #inFlight = 0
  #isClosed = false

  constructor(options: MapReduceProcessorOptions) {
    this.#options = options
    this.#timer = new WorkTimer(options.clock)
    this.#single = options.single({ ...options.host, intake: { nextUnit: () => undefined, nextFlight: () => this.#singleFlights.shift() } })
  }

  get inFlight(): number {
    return this.#inFlight + this.#single.inFlight + this.#singleFlights.length
  }

  pump(): void {
    const { host, mapReducer } = this.#options
    while (this.#inFlight < mapReducer.capacity) {
      const flight = host.intake.nextFlight(host.mayRun)
      if (!flight) break
      if (flight.origin.isWorkList) this.#map(flight)
      else this.#singleFlights.push(flight)
    }
    this.#single.pump()
  }

  changes(): readonly StateChange[] {
    const changes = this.#single.changes()
    return [...this.#takeReferences(), ...changes, ...(changes.length > 0 ? this.#options.emission.startAnew() : [])]
  }

  takeContents(): Contents | undefined {
    const settled = this.#settled
    this.#settled = []
    this.#references = settled.flatMap(each => this.#referenceOf(each))
    return settled.length === 0 ? undefined : contentsOf(settled, this.#options.refuse)
  }

  committed(): void {
    this.#single.committed()
  }

  takeTimes(): WorkTimes {
    return sumOfTimes([this.#timer.take(), this.#single.takeTimes?.()])
  }

  extraResults(): readonly [] {
    return []
  }

  finish(): Promise<LastResults | undefined> {
    return this.#options.emission.next()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([this.#single.close(), this.#options.mapReducer.close()])
  }

  #map(flight: Flight): void {
    const { host } = this.#options
    const beganMs = this.#timer.nowMs
    this.#inFlight++
    this.#mapped(flight).then(mapped => {
      this.#inFlight--
      this.#timer.together(mapped.units, beganMs)
      this.#settle(flight, mapped)
    }, error => {
      this.#inFlight--
      if (!this.#isClosed && !this.#options.signal.aborted) host.onError(error)
    }).finally(() => host.wake())
  }

  async #mapped(flight: Flight): Promise<Mapped> {
    const { mapReducer, feeds, epoch, signal } = this.#options
    const input = flight.origin.input!
    const feed = feeds.get(input)!
    const splits = await Promise.all(flight.items.values.map(async (split, index): Promise<PlacedSplit> => ({ offset: flight.offset + index, split: await feed.locate(split as Split) })))
    return mapReducer.map({ name: `${flight.origin.partition}-${flight.offset}-${epoch}`, input, splits, time: feed.time }, signal)
  }

  #settle(flight: Flight, mapped: Mapped): void {
    if (this.#isClosed) return
    this.#settled.push({ flight, mapped })
    const { host } = this.#options
    host.inOneCommit(() => {
      for (let unit = 0; unit < flight.unitCount; unit++) host.settle(flight, unit, dropped)
    })
  }

  #takeReferences(): readonly StateChange[] {
    const references = this.#references
    this.#references = []
    return references
  }

  #referenceOf({ flight, mapped }: Settled): readonly StateChange[] {
    if (!mapped.file) return []
    return [{ store: this.#options.store, key: runKey(flight.origin.partition, flight.offset), value: JSON.stringify(mapped.file satisfies RunFile) }]
  }
}

// Runs something that takes many items at once: a sink's write, a chunk worker. What fails as a whole is searched for the bad items
// (chunk-search.ts); the good ones go on. After a crash a search goes on where it was.
import type { Clock } from '../clock.ts'
import type { WorkTimes } from '../executor.ts'
import type { Log, StateChange } from '../log.ts'
import { ChunkSearch, placeOf, type Atom, type RunUnits, type Searched } from './chunk-search.ts'
import { upTo, type Flight } from './flight.ts'
import { follows, isJoinable, jointFlight } from './joint-flight.ts'
import { StatelessProcessor, type Host } from './processor.ts'
import { isBefore, SearchNotes, type NotedPart } from './search-notes.ts'
import { allEntries } from './state.ts'
import { WorkTimer } from './work-timer.ts'

export interface ChunkProcessorOptions {
  readonly host: Host
  readonly log: Log
  readonly clock: Clock
  /** Items at once. */
  readonly size: number
  /** Chunks at once, now. */
  readonly concurrency: () => number
  /** Of a sink: all units of an item are kept together, for it stores offsets, and it is given several flights at once. */
  readonly keepsItems: boolean
  readonly run: RunUnits
  /** Where chunks wait for a worker after they were started. Otherwise the time is taken here. */
  readonly takeTimes?: (() => WorkTimes) | undefined
  readonly finish?: (() => Promise<void>) | undefined
  readonly close?: (() => Promise<void>) | undefined
  /** How far searches have come. */
  readonly store: string
}

export class ChunkProcessor extends StatelessProcessor {
  readonly #options: ChunkProcessorOptions
  readonly #host: Host
  readonly #timer: WorkTimer
  #notes: SearchNotes | undefined
  /** Taken from the intake, and not at work yet. */
  #ahead: Flight | undefined
  /** Of flights that were taken; the chunks of one may be at work together. */
  readonly #waiting: (() => Promise<void>)[] = []
  #isLoading = false
  #running = 0
  #inFlight = 0

  constructor(options: ChunkProcessorOptions) {
    super()
    this.#options = options
    this.#host = options.host
    this.#timer = new WorkTimer(options.clock)
  }

  get inFlight(): number {
    return this.#inFlight + (this.#isLoading ? 1 : 0)
  }

  get hasChanges(): boolean {
    return this.#notes?.hasChanges === true
  }

  pump(): void {
    const notes = this.#notes
    if (!notes) return this.#load()
    while (this.#running < this.#options.concurrency()) {
      if (this.#waiting.length === 0) this.#board(notes)
      const chunk = this.#waiting.shift()
      if (!chunk) return
      this.#running++
      this.#runFrom(chunk).catch(this.#host.onError).finally(() => {
        this.#running--
        this.#host.wake()
      })
    }
  }

  /** And then those that wait: what was taken is done with before the event loop has another turn. */
  async #runFrom(chunk: () => Promise<void>): Promise<void> {
    for (let next: (() => Promise<void>) | undefined = chunk; next; next = this.#waiting.shift()) await next()
  }

  #board(notes: SearchNotes): void {
    const flights = this.#take()
    if (flights.length > 1) this.#waiting.push(() => this.#processAll(flights, notes))
    else if (flights.length === 1) this.#waiting.push(...this.#chunksOf(flights[0]!, notes))
  }

  takeTimes(): WorkTimes {
    const times = this.#timer.take()
    return this.#options.takeTimes?.() ?? times
  }

  override changes(): readonly StateChange[] {
    return this.#notes?.takeChanges() ?? []
  }

  override committed(): void {
    this.#notes?.committed()
    if (this.#notes?.isAwaited) this.#host.commitNow()
  }

  override async finish(): Promise<undefined> {
    await this.#options.finish?.()
    return undefined
  }

  override async close(): Promise<void> {
    await this.#options.close?.()
  }

  #load(): void {
    if (this.#isLoading) return
    this.#isLoading = true
    const { log, store } = this.#options
    allEntries(log, store).then(entries => { this.#notes = new SearchNotes(store, entries) }).catch(this.#host.onError).finally(() => {
      this.#isLoading = false
      this.#host.wake()
    })
  }

  /** The next flights, as many as go together. One that does not ends the taking, and begins the next. */
  #take(): readonly Flight[] {
    const taken: Flight[] = []
    for (let flight = this.#nextFlight(), count = 0; flight; flight = this.#nextFlight()) {
      count += flight.unitCount
      const last = taken.at(-1)
      if (last && (count > this.#options.size || !follows(flight, last))) {
        this.#ahead = flight
        break
      }
      taken.push(flight)
      if (!this.#options.keepsItems || !isJoinable(flight)) break
    }
    return taken
  }

  #nextFlight(): Flight | undefined {
    const { intake, mayRun } = this.#host
    if (!this.#ahead) return intake.nextFlight(mayRun)
    if (!mayRun(this.#ahead.origin.lane)) return undefined
    const flight = this.#ahead
    this.#ahead = undefined
    return flight
  }

  async #processAll(flights: readonly Flight[], notes: SearchNotes): Promise<void> {
    if (await this.#processTogether(flights, notes)) return
    for (const flight of flights) for (const chunk of this.#chunksOf(flight, notes)) await chunk()
  }

  /** Whether it went well. Otherwise what is bad is searched for flight by flight. */
  async #processTogether(flights: readonly Flight[], notes: SearchNotes): Promise<boolean> {
    const joint = jointFlight(flights)
    if (notes.of(joint.origin.partition).length > 0) return false
    this.#inFlight += joint.unitCount
    try {
      await this.#run(joint, upTo(joint.unitCount))
    } catch {
      return false
    } finally {
      this.#inFlight -= joint.unitCount
    }
    this.#host.inOneCommit(() => {
      for (const flight of flights) this.#host.settleAll(flight)
    })
    return true
  }

  #chunksOf(flight: Flight, notes: SearchNotes): readonly (() => Promise<void>)[] {
    return this.#groupsOf(flight, notes).map(searched => async () => {
      const count = searched.parts.reduce((sum, { atoms }) => sum + atoms.length, 0)
      this.#inFlight += count
      await new ChunkSearch(this.#host, notes, this.#run, flight, searched).run()
      this.#inFlight -= count
    })
  }

  readonly #run: RunUnits = async (flight, units) => {
    const beganMs = this.#timer.nowMs
    try {
      return await this.#options.run(flight, units)
    } finally {
      this.#timer.together(units.length, beganMs)
    }
  }

  /** Searches that were cut off go on first; the rest is taken a group at a time. */
  #groupsOf(flight: Flight, notes: SearchNotes): readonly Searched[] {
    let rest = atomsOf(flight, this.#options.keepsItems)
    const groups: Searched[] = []
    for (const [key, { parts: noted, ...progress }] of notes.of(flight.origin.partition)) {
      const parts = noted.flatMap(part => this.#sized(rest.filter(atom => isWithin(flight, atom, part))).map(atoms => ({ atoms, hasFailed: part.hasFailed })))
      if (parts.length === 0) continue
      const taken = new Set(parts.flatMap(({ atoms }) => atoms))
      rest = rest.filter(atom => !taken.has(atom))
      groups.push({ parts, progress, replaces: [key] })
    }
    return [...groups, ...this.#sized(rest).map(atoms => ({ parts: [{ atoms, hasFailed: false }], replaces: [] }))]
  }

  #sized(atoms: readonly Atom[]): readonly (readonly Atom[])[] {
    const { size } = this.#options
    if (atoms.length > 0 && atoms.length <= size) return [atoms]
    return Array.from({ length: Math.ceil(atoms.length / size) }, (_, index) => atoms.slice(index * size, (index + 1) * size))
  }
}


function atomsOf(flight: Flight, keepsItems: boolean): readonly Atom[] {
  const units = flight.isUntouched ? upTo(flight.unitCount) : upTo(flight.unitCount).filter(unit => flight.isOpen(unit))
  if (!keepsItems || !flight.units.parents) return units
  return [...Map.groupBy(units, unit => flight.itemOf(unit)).values()]
}

function isWithin(flight: Flight, atom: Atom, { from, to }: NotedPart): boolean {
  const place = placeOf(flight, atom)
  return !isBefore(place, from) && !isBefore(to, place)
}

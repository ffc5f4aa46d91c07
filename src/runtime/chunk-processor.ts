// Runs something that takes many items at once: a sink's write, a chunk worker. What fails as a whole is split until the bad item is
// found (bisection, as Lambda and Spring Batch search a chunk); the good ones go on.
import { PermanentError } from '../model/errors.ts'
import { passed, type Flight } from './flight.ts'
import { StatelessProcessor, type Host } from './processor.ts'

export interface ChunkProcessorOptions {
  readonly host: Host
  /** Items at once. */
  readonly size: number
  /** Chunks at once. */
  readonly concurrency: number
  /** Sinks keep all units of an item together, for they store offsets. */
  readonly keepsItems: boolean
  /** Gives one outcome a unit, in order: a result, or an error for that unit alone. Throws when all of it failed. */
  readonly run: (flight: Flight, units: readonly number[]) => Promise<readonly unknown[] | void>
  readonly finish?: (() => Promise<void>) | undefined
  readonly close?: (() => Promise<void>) | undefined
}

export class ChunkProcessor extends StatelessProcessor {
  readonly #options: ChunkProcessorOptions
  readonly #host: Host
  #running = 0
  #inFlight = 0
  #isFinished = false

  constructor(options: ChunkProcessorOptions) {
    super()
    this.#options = options
    this.#host = options.host
  }

  get inFlight(): number {
    return this.#inFlight
  }

  pump(): void {
    while (this.#running < this.#options.concurrency) {
      const flight = this.#host.intake.nextFlight(this.#host.mayRun)
      if (!flight) return
      this.#running++
      this.#process(flight).catch(this.#host.onError).finally(() => {
        this.#running--
        this.#host.wake()
      })
    }
  }

  override async finish(): Promise<undefined> {
    if (!this.#isFinished) await this.#options.finish?.()
    this.#isFinished = true
    return undefined
  }

  override async close(): Promise<void> {
    await this.#options.close?.()
  }

  async #process(flight: Flight): Promise<void> {
    const atoms = atomsOf(flight, this.#options.keepsItems)
    for (let at = 0; at < atoms.length; at += this.#options.size) {
      const group = atoms.slice(at, at + this.#options.size)
      this.#inFlight += group.length
      await new Search(this.#host, this.#options.run, flight).run(group)
      this.#inFlight -= group.length
    }
  }
}

/** Open units that are not to be parted. */
type Atom = readonly number[]

function atomsOf(flight: Flight, keepsItems: boolean): readonly Atom[] {
  const units = Array.from({ length: flight.unitCount }, (_, unit) => unit).filter(unit => flight.isOpen(unit))
  if (!keepsItems || !flight.units.parents) return units.map(unit => [unit])
  return [...Map.groupBy(units, unit => flight.itemOf(unit)).values()]
}

/** The search for what makes a group fail. When the first and the last item fail alone in the same way, it is not an item that is bad. */
class Search {
  readonly #host: Host
  readonly #run: ChunkProcessorOptions['run']
  readonly #flight: Flight
  #hasProbed = false
  #isSystemic = false

  constructor(host: Host, run: ChunkProcessorOptions['run'], flight: Flight) {
    this.#host = host
    this.#run = run
    this.#flight = flight
  }

  async run(atoms: readonly Atom[]): Promise<void> {
    const error = await this.#attempt(atoms)
    if (error === undefined) return
    if (atoms.length === 1 || this.#isSystemic || (await this.#endsFailAlike(atoms))) return this.#failAll(atoms, error)
    const middle = atoms.length >> 1
    for (const half of [atoms.slice(0, middle), atoms.slice(middle)]) {
      const open = half.filter(atom => this.#flight.isOpen(atom[0]!))
      if (open.length > 0) await this.run(open)
    }
  }

  /** Asked once a search: is it the sink that fails, and no item? */
  async #endsFailAlike(atoms: readonly Atom[]): Promise<boolean> {
    if (this.#hasProbed) return false
    this.#hasProbed = true
    const first = await this.#attempt(atoms.slice(0, 1))
    if (first === undefined) return false
    const last = await this.#attempt(atoms.slice(-1))
    this.#isSystemic = last !== undefined && messageOf(last) === messageOf(first)
    return this.#isSystemic
  }

  async #attempt(atoms: readonly Atom[]): Promise<unknown> {
    const units = atoms.flat()
    try {
      this.#settle(units, await this.#run(this.#flight, units))
      return undefined
    } catch (error) {
      return error ?? new Error('a worker threw nothing')
    }
  }

  #settle(units: readonly number[], outcomes: readonly unknown[] | void): void {
    if (outcomes && outcomes.length !== units.length) {
      throw new PermanentError(`a chunk worker was given ${units.length} items and returned ${outcomes.length} outcomes: return one for each, in order, or nothing at all`)
    }
    units.forEach((unit, index) => {
      const outcome = outcomes?.[index]
      if (outcome instanceof Error) this.#host.fail(this.#flight, unit, outcome)
      else this.#host.settle(this.#flight, unit, outcome === undefined ? passed : outcome)
    })
  }

  #failAll(atoms: readonly Atom[], error: unknown): void {
    for (const unit of atoms.flat()) if (this.#flight.isOpen(unit)) this.#host.fail(this.#flight, unit, error)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

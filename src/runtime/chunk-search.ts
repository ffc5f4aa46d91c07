// The search for the bad items of a chunk that fails as a whole. The first item is called alone, then the last: if both fail in the same way, it is
// not an item that is bad. Otherwise what fails is halved until the bad ones are alone (bisection, as Lambda and Spring Batch search a chunk).
//
//   [1 2 3 4 5 6 7 8] fails    [1] is done    [2 3 4]: done -> the bad one is in [5 6 7 8]: halved without a call    [5 6] fails    [5] fails ...
//
// So k bad ones among n cost about 2 k log2(n) calls, and n where they are dense: then it goes on one by one. Every step is durable before the next.
import { PermanentError } from '../model/errors.ts'
import { passed, type Flight } from './flight.ts'
import type { Host } from './processor.ts'
import type { Place, SearchNote, SearchNotes } from './search-notes.ts'

/** An open unit, or several that are not to be parted. */
export type Atom = number | readonly number[]

export interface Part {
  readonly atoms: readonly Atom[]
  /** Called as a whole, or known without a call, to hold a bad one. */
  readonly hasFailed: boolean
}

/** Gives one outcome a unit, in order: a result, or an error for that unit alone. Throws when all of it failed. */
export type RunUnits = (flight: Flight, units: readonly number[]) => Promise<readonly unknown[] | void>

export interface Searched {
  readonly parts: readonly Part[]
  readonly progress?: Omit<SearchNote, 'parts'> | undefined
  /** Notes of earlier searches that this one goes on with. */
  readonly replaces: readonly string[]
}

/** Fewer say nothing of how dense they are. */
const denseFrom = 4

export class ChunkSearch {
  readonly #host: Host
  readonly #notes: SearchNotes
  readonly #run: RunUnits
  readonly #flight: Flight
  readonly #key: string
  readonly #replaces: readonly string[]
  #parts: readonly Part[]
  #found: number
  #searched: number
  #hasProbed: boolean
  #isSearching: boolean

  constructor(host: Host, notes: SearchNotes, run: RunUnits, flight: Flight, { parts, progress, replaces }: Searched) {
    this.#host = host
    this.#notes = notes
    this.#run = run
    this.#flight = flight
    this.#parts = parts
    this.#found = progress?.found ?? 0
    this.#searched = progress?.searched ?? 0
    this.#hasProbed = progress?.hasProbed ?? false
    this.#replaces = replaces
    this.#isSearching = progress !== undefined
    this.#key = `${flight.origin.partition}:${placeOf(flight, parts[0]!.atoms[0]!).join('.')}`
  }

  async run(): Promise<void> {
    for (let [part, ...rest] = this.#parts; part; [part, ...rest] = this.#parts) {
      if (part.hasFailed && part.atoms.length > 1) await this.#divide(part.atoms, rest)
      else await this.#call(part.atoms, rest)
    }
  }

  async #call(atoms: readonly Atom[], rest: readonly Part[]): Promise<void> {
    const isStretch = atoms.length > 1 && this.#isDense(atoms.length)
    const called = isStretch ? atoms.slice(0, 1) : atoms
    const left = isStretch ? [{ atoms: atoms.slice(1), hasFailed: false }, ...rest] : rest
    const { error, settle } = await this.#attempt(called)
    if (error === undefined) return this.#advance(settle, left)
    if (called.length === 1) return this.#advance(() => this.#fail(called, error), left)
    this.#isSearching = true
    return this.#advance(() => {}, [{ atoms: called, hasFailed: true }, ...left])
  }

  /** Without a call where one half is known to hold the bad one. */
  async #divide(atoms: readonly Atom[], rest: readonly Part[]): Promise<void> {
    if (!this.#hasProbed) return this.#probe(atoms, rest)
    const middle = atoms.length >> 1
    const first = atoms.slice(0, middle)
    const second = atoms.slice(middle)
    const { error, settle } = await this.#attempt(first)
    if (error === undefined) return this.#advance(settle, [{ atoms: second, hasFailed: true }, ...rest])
    const after = [{ atoms: second, hasFailed: false }, ...rest]
    if (first.length === 1) return this.#advance(() => this.#fail(first, error), after)
    return this.#advance(() => {}, [{ atoms: first, hasFailed: true }, ...after])
  }

  /** Asked once a search: is it the sink that fails, and no item? */
  async #probe(atoms: readonly Atom[], rest: readonly Part[]): Promise<void> {
    this.#hasProbed = true
    const first = await this.#attempt(atoms.slice(0, 1))
    if (first.error === undefined) return this.#advance(first.settle, [{ atoms: atoms.slice(1), hasFailed: true }, ...rest])
    const last = await this.#attempt(atoms.slice(-1))
    // What fails for good is an item, whatever fails beside it.
    const isSystemic = last.error !== undefined && messageOf(last.error) === messageOf(first.error) && !(first.error instanceof PermanentError)
    if (isSystemic) return this.#advance(() => this.#fail(atoms, first.error), rest)
    const middle = atoms.length > 2 ? [{ atoms: atoms.slice(1, -1), hasFailed: false }] : []
    return this.#advance(() => {
      this.#fail(atoms.slice(0, 1), first.error)
      if (last.error === undefined) last.settle()
      else this.#fail(atoms.slice(-1), last.error)
    }, [...middle, ...rest])
  }

  async #attempt(atoms: readonly Atom[]): Promise<{ readonly error?: unknown; readonly settle: () => void }> {
    const units = unitsOf(atoms)
    try {
      const outcomes = await this.#run(this.#flight, units)
      checkCount(outcomes, units.length)
      return { settle: () => this.#settle(atoms, outcomes) }
    } catch (error) {
      return { error: error ?? new Error('a worker threw nothing'), settle: () => {} }
    }
  }

  #settle(atoms: readonly Atom[], outcomes: readonly unknown[] | void): void {
    this.#searched += atoms.length
    const units = unitsOf(atoms)
    const isWhole = units.length === this.#flight.unitCount && !outcomes?.some(outcome => outcome instanceof Error)
    if (isWhole) return this.#host.settleAll(this.#flight, outcomes ?? undefined)
    for (let index = 0; index < units.length; index++) {
      const outcome = outcomes?.[index]
      if (outcome instanceof Error) this.#host.fail(this.#flight, units[index]!, outcome)
      else this.#host.settle(this.#flight, units[index]!, outcome === undefined ? passed : outcome)
    }
  }

  #fail(atoms: readonly Atom[], error: unknown): void {
    this.#searched += atoms.length
    this.#found += atoms.length
    for (const unit of unitsOf(atoms)) this.#host.fail(this.#flight, unit, error)
  }

  /** One by one costs no more than halving. */
  #isDense(count: number): boolean {
    return this.#found >= denseFrom && this.#found * Math.log2(count) >= this.#searched
  }

  /** What was settled and what is left are committed together. A chunk that does not fail is noted nowhere, and waited for by nobody. */
  async #advance(settle: () => void, left: readonly Part[]): Promise<void> {
    this.#parts = left
    this.#host.inOneCommit(() => {
      settle()
      if (this.#isSearching) this.#note()
    })
    if (!this.#isSearching || left.length === 0) return
    const durable = this.#notes.durable()
    this.#host.commitNow()
    await durable
  }

  #note(): void {
    for (const key of this.#replaces) this.#notes.set(key, undefined)
    const [found, searched, hasProbed] = [this.#found, this.#searched, this.#hasProbed]
    this.#notes.set(this.#key, this.#parts.length === 0 ? undefined : { parts: this.#parts.map(part => this.#noted(part)), found, searched, hasProbed })
  }

  #noted({ atoms, hasFailed }: Part) {
    return { from: placeOf(this.#flight, atoms[0]!), to: placeOf(this.#flight, atoms.at(-1)!), hasFailed }
  }
}

/** Where an atom begins. */
export function placeOf(flight: Flight, atom: Atom): Place {
  const unit = typeof atom === 'number' ? atom : atom[0]!
  return [flight.offsetOf(unit), flight.units.ordinals?.[unit] ?? 0]
}

/** The list itself where nothing is kept together, as in most chunks. */
function unitsOf(atoms: readonly Atom[]): readonly number[] {
  return atoms.every(atom => typeof atom === 'number') ? atoms : atoms.flat()
}

function checkCount(outcomes: readonly unknown[] | void, count: number): void {
  if (!outcomes || outcomes.length === count) return
  throw new PermanentError(`a chunk worker was given ${count} items and returned ${outcomes.length} outcomes: return one for each, in order, or nothing at all`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

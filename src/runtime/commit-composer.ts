// What the commits of a stage hold: everything that the finished units did (results, retries, dead letters, progress, counts, state), the last results of a round, the
// ends of lanes. Results that belong to no unit are spread over the parts of the output, too.
import type { Append, Commit, StateChange } from '../log.ts'
import type { RetryState } from '../model/item.ts'
import type { Items } from '../model/items.ts'
import { resultsOf, slice } from './collect.ts'
import { appendsOf, chunkAppends, countersOf, endRecords, givenBy, type CommitPlace, type Given, type Places } from './commit-parts.ts'
import { addCounters, noCounters, type Counters } from './counts.ts'
import type { Feed } from './feed.ts'
import type { Flight, Harvest } from './flight.ts'
import type { HeldAttempts } from './held-attempts.ts'
import { EvenParts } from './placement.ts'
import type { Contents, LastResults, Processor } from './processor.ts'
import { countersStore, endsStore } from './run-state.ts'
import type { Steering } from './steering.ts'
import { failUnstorable } from './unstorable.ts'

export interface ComposerOptions {
  readonly place: CommitPlace
  readonly now: () => number
  /** What is committed so far. */
  readonly counters: Readonly<Counters>
  readonly feeds: readonly Feed[]
  readonly processor: Processor
  /** The part of the output that is given something first: another for each lane. */
  readonly firstPart: number
  readonly steerings: readonly Steering[]
  readonly held: HeldAttempts
  /** What becomes of a unit whose result cannot be stored. */
  readonly refuse: (flight: Flight, unit: number, error: unknown) => RetryState
}

export interface PendingCommit {
  readonly commit: Omit<Commit, 'epoch'>
  /** What it adds to the counts. */
  readonly counters: Counters
  readonly after?: (() => void) | undefined
}

export class CommitComposer {
  readonly #options: ComposerOptions
  /** What the parts of the output were given of what may go to any. */
  readonly #even: EvenParts

  constructor(options: ComposerOptions) {
    this.#options = options
    this.#even = new EvenParts(options.place.stage.partitioning.parts ?? 1, options.firstPart)
  }

  ofFinished(harvests: readonly Harvest[]): PendingCommit {
    const { processor, feeds, held, steerings } = this.#options
    for (const harvest of harvests) harvest.flight.origin.complete(harvest)
    const contents = processor.takeContents?.()
    const { given, appends } = this.#storable(harvests, contents, processor.extraResults())
    const counters = countersOf(harvests, given)
    if (contents) addCounters(counters, contents.counters)
    addCounters(counters, processor.takeTimes?.() ?? {})
    const changes = feeds.map(feed => feed.changes())
    const progress = changes.flatMap(change => change.progress)
    const state = [...changes.flatMap(change => change.state), ...processor.changes(), ...held.takeChanges(), ...steerings.flatMap(steering => steering.takeChanges()), this.#countersState(counters)]
    return { commit: { appends, progress, state }, counters }
  }

  ofLast({ results, chunks = [], state }: LastResults): PendingCommit {
    const { place } = this.#options
    const encoded = chunks.reduce((sum, { count }) => sum + count, 0)
    const counters = { ...noCounters(), out: results.reduce((sum, { values }) => sum + values.length, encoded) }
    const appends = [...appendsOf({ results: this.#spread(results) }, place), ...chunkAppends(chunks, this.#even.next(encoded), place)]
    return { commit: { appends, progress: [], state: [...state, this.#countersState(counters)] }, counters }
  }

  ofEnds(lanes: readonly number[], round: number): Omit<PendingCommit, 'after'> {
    const { place, feeds } = this.#options
    const { names, stage } = place
    const changes = feeds.map(feed => feed.changes())
    const state = [
      ...changes.flatMap(change => change.state),
      ...lanes.map(lane => ({ store: names.store(endsStore), key: `${stage.name}/${lane}`, value: String(round) })),
      this.#countersState(noCounters()),
    ]
    return { commit: { progress: changes.flatMap(change => change.progress), state, appends: lanes.flatMap(lane => endRecords(lane, round, place)) }, counters: noCounters() }
  }

  #storable(harvests: readonly Harvest[], contents: Contents | undefined, extra: readonly Items[]): { readonly given: Given; readonly appends: readonly Append[] } {
    const { place, now: clock } = this.#options
    const now = clock()
    const make = () => {
      const given = { ...givenBy(harvests, place, now, contents), results: this.#resultsOf(harvests, extra) }
      return { given, appends: appendsOf(given, place) }
    }
    try {
      return make()
    } catch (error) {
      if (this.#failUnstorable(harvests) === 0) throw error
      return make()
    }
  }

  #failUnstorable(harvests: readonly Harvest[]): number {
    const { place, refuse } = this.#options
    return failUnstorable(harvests, { tryStoring: harvest => void appendsOf({ results: this.#resultsOf([harvest], []) }, place), refuse })
  }

  #resultsOf(harvests: readonly Harvest[], extra: readonly Items[]): Places {
    const { stage, output } = this.#options.place
    const results = new Map(output ? resultsOf(harvests, stage.name, stage.kind !== 'relay', { ...stage.partitioning, levelCount: output.levels, even: this.#even }) : [])
    for (const [part, items] of this.#spread(extra)) results.set(part, [...(results.get(part) ?? []), ...items])
    return results
  }

  #spread(results: readonly Items[]): Places {
    const places = new Map<number, Items[]>()
    for (const items of results) {
      const count = items.values.length
      for (const { part, from, to } of this.#even.runs(count)) places.set(part, [...(places.get(part) ?? []), to - from === count ? items : slice(items, from, to)])
    }
    return places
  }

  #countersState(delta: Counters): StateChange {
    const { place: { names, countsKey }, counters } = this.#options
    const sum = { ...counters }
    addCounters(sum, delta)
    return { store: names.store(countersStore), key: countsKey, value: JSON.stringify(sum) }
  }
}

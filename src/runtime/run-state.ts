// What the log says of a run: which lanes have ended, what was counted, which barriers are open, what is paused, how the run itself is. Read once, then kept up
// to date by every commit of this process and, where others take part, by theirs.
import type { Log, StateChange } from '../log.ts'
import { pausedStore, runKey, runsStore, type RunRecord } from './control.ts'
import { addCounters, duplicatesStore, noCounters, restoredCounters, type Counters } from './counts.ts'
import type { RunNames } from './names.ts'
import { allEntries } from './state.ts'

export const countersStore = 'counters'
export const endsStore = 'ends'
export const barriersStore = 'barriers'
/** Slices whose owner can do nothing more by itself. */
export const restingStore = 'resting'
/** Stages that wait for a process which takes them. */
export const unattendedStore = 'unattended'

/** What was sent back, as counts of a stage: whoever leads the run keeps them, not the owners of its lanes. */
export const redrivenKey = (stage: string) => `${stage}/redriven`
export const isRedriven = (key: string) => key.endsWith('/redriven')

export class RunState {
  readonly #names: RunNames
  readonly #pipeline: string
  readonly #runKey: string
  readonly #stores: ReadonlyMap<string, Map<string, string>>
  #record: RunRecord | undefined
  /** While it is read: what was heard of since. */
  #heard: Set<string> | undefined

  constructor(names: RunNames, pipeline: string, runNumber: number, isShared: boolean) {
    this.#names = names
    this.#pipeline = pipeline
    this.#runKey = runKey(runNumber)
    const stores = [...[countersStore, endsStore, barriersStore, restingStore, duplicatesStore, ...(isShared ? [unattendedStore] : [])].map(names.store), pausedStore(pipeline)]
    this.#stores = new Map(stores.map(store => [store, new Map()]))
  }

  async load(log: Log): Promise<void> {
    // What is heard of meanwhile is newer.
    const heard = (this.#heard = new Set())
    await Promise.all([...this.#stores].map(async ([store, entries]) => {
      for (const [key, value] of await allEntries(log, store)) if (!heard.has(`${store} ${key}`)) entries.set(key, value)
    }))
    const [stored] = await log.get(runsStore(this.#pipeline), [this.#runKey])
    if (stored && !heard.has(runsStore(this.#pipeline))) this.#record = JSON.parse(stored.value) as RunRecord
    this.#heard = undefined
  }

  /** Resolves when all is noted that was committed before: the engine tells of it before it answers. */
  async catchUp(log: Log): Promise<void> {
    await log.get(runsStore(this.#pipeline), [this.#runKey])
  }

  /** Gives whether any of it is about this run. */
  note(changes: readonly StateChange[]): boolean {
    let isNews = false
    for (const { store, key, value } of changes) {
      const entries = this.#stores.get(store)
      if (entries) {
        this.#heard?.add(`${store} ${key}`)
        if (value === null) entries.delete(key)
        else entries.set(key, value)
      } else if (store === runsStore(this.#pipeline) && key === this.#runKey) {
        this.#heard?.add(store)
        this.#record = value === null ? undefined : (JSON.parse(value) as RunRecord)
      } else continue
      isNews = true
    }
    return isNews
  }

  /** As it is stored. Undefined: not yet. */
  get record(): RunRecord | undefined {
    return this.#record
  }

  get paused(): ReadonlySet<string> {
    return new Set([...this.#of(pausedStore(this.#pipeline))].filter(([, value]) => value === 'true').map(([key]) => key))
  }

  get openBarriers(): Iterable<string> {
    return this.#own(barriersStore).keys()
  }

  hasEnded(stage: string, lane: number, round: number): boolean {
    return Number(this.#own(endsStore).get(`${stage}/${lane}`) ?? 0) >= round
  }

  get unattended(): ReadonlySet<string> {
    return new Set(this.#stores.get(this.#names.store(unattendedStore))?.keys())
  }

  isResting(slice: string): boolean {
    return this.#own(restingStore).has(slice)
  }

  /** As the slice's owner takes them up. */
  countersOf(slice: string): Counters {
    return restoredCounters(this.#own(countersStore).get(slice), this.#own(duplicatesStore).get(slice))
  }

  redrivenOf(stage: string): Counters {
    const counters = noCounters()
    const stored = this.#own(countersStore).get(redrivenKey(stage))
    if (stored !== undefined) addCounters(counters, JSON.parse(stored) as Partial<Counters>)
    return counters
  }

  #own(store: string): ReadonlyMap<string, string> {
    return this.#of(this.#names.store(store))
  }

  #of(store: string): ReadonlyMap<string, string> {
    return this.#stores.get(store)!
  }
}

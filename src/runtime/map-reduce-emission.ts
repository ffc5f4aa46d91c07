// Gives the results of a MapReduce stage when all of its splits are mapped: groups of sections are merged a few ahead, their chunks appended with a
// durable cursor. How sections are grouped is kept, too: a restart in the middle goes on with the same groups, so every result is given once.
import type { Log, StateChange } from '../log.ts'
import type { MapReducer, MergeGroup, RunFile, RunPart, SumEntry } from '../map-reducer.ts'
import type { EncodedChunk } from '../model/chunk.ts'
import { fromText } from '../model/codec.ts'
import type { LastResults } from './processor.ts'
import { groupsOf } from './map-reduce-groups.ts'
import { runsIn } from './map-reduce-runs.ts'

export interface MapReduceEmissionOptions {
  readonly log: Log
  readonly mapReducer: MapReducer
  readonly epoch: number
  /** State stores: references to run files, sums of single items by key, where the emission has come to. */
  readonly runsStore: string
  readonly singleStore: string
  readonly cursorStore: string
  readonly round: () => number
  readonly isKeyed: boolean
  readonly signal: AbortSignal
}

/** Chunks, and bytes of them, of one commit. */
const commitChunksMax = 32
const commitBytesMax = 4_000_000
/** Entries of one run file of single items' sums. */
const spillEntriesMax = 10_000

interface Cursor {
  readonly group: number
  readonly chunk: number
}

interface Emitting {
  readonly round: number
  /** By number of the section, in the order of the splits. */
  readonly parts: ReadonlyMap<number, readonly RunPart[]>
  readonly groups: readonly MergeGroup[]
  /** By number of the group: at work or waiting to be given on. */
  readonly merged: Map<number, Promise<readonly EncodedChunk[]>>
  cursor: Cursor
  /** Whether the groups are in the state. */
  isKept: boolean
}

export class MapReduceEmission {
  readonly #options: MapReduceEmissionOptions
  #emitting: Emitting | undefined
  #spilled = 0

  constructor(options: MapReduceEmissionOptions) {
    this.#options = options
  }

  /** Sums changed: what was given so far no longer holds. */
  startAnew(): readonly StateChange[] {
    this.#emitting = undefined
    return ['cursor', 'groups'].map(key => ({ store: this.#options.cursorStore, key: `${this.#options.round()}/${key}`, value: null }))
  }

  /** The next results, with the cursor after them; nothing when all are given. */
  async next(): Promise<LastResults | undefined> {
    const round = this.#options.round()
    if (this.#emitting?.round !== round) this.#emitting = await this.#begin(round)
    const emitting = this.#emitting
    while (emitting.cursor.group < emitting.groups.length) {
      const { group, chunk } = emitting.cursor
      this.#mergeAhead(emitting)
      const chunks = await emitting.merged.get(group)!
      const taken = firstOf(chunks, chunk)
      const isLast = chunk + taken.length === chunks.length
      emitting.cursor = isLast ? { group: group + 1, chunk: 0 } : { group, chunk: chunk + taken.length }
      if (isLast) emitting.merged.delete(group)
      if (taken.length > 0) return { results: [], chunks: taken, state: this.#changes(emitting) }
    }
    return undefined
  }

  async #begin(round: number): Promise<Emitting> {
    const { log, runsStore, cursorStore, mapReducer, isKeyed } = this.#options
    const single = await this.#spillSingle()
    const files = [...(await runsIn(log, runsStore)), ...single]
    const [cursor, groups] = await Promise.all([`${round}/cursor`, `${round}/groups`].map(async key => (await log.get(cursorStore, [key]))[0]?.value))
    return {
      round, merged: new Map(), parts: partsOf(files),
      groups: groups ? (JSON.parse(groups) as readonly MergeGroup[]) : groupsOf(files, isKeyed ? mapReducer.groupBytes : Infinity),
      cursor: cursor ? (JSON.parse(cursor) as Cursor) : { group: 0, chunk: 0 },
      isKept: groups !== undefined,
    }
  }

  #mergeAhead({ cursor, groups, parts, merged }: Emitting): void {
    const { mapReducer, signal } = this.#options
    for (let number = cursor.group; number < Math.min(cursor.group + mapReducer.capacity, groups.length); number++) {
      if (merged.has(number)) continue
      const group = groups[number]!
      const sections = Array.from({ length: group.to - group.from }, (_, index) => parts.get(group.from + index) ?? [])
      const chunks = mapReducer.merge(group, sections, signal)
      chunks.catch(() => {}) // who awaits it is told
      merged.set(number, chunks)
    }
  }

  #changes(emitting: Emitting): readonly StateChange[] {
    const { cursorStore } = this.#options
    const change = (key: string, value: unknown) => ({ store: cursorStore, key: `${emitting.round}/${key}`, value: JSON.stringify(value) })
    const groups = emitting.isKept ? [] : [change('groups', emitting.groups)]
    emitting.isKept = true
    return [change('cursor', emitting.cursor), ...groups]
  }

  async #spillSingle(): Promise<readonly RunFile[]> {
    const { log, singleStore, mapReducer, epoch } = this.#options
    const files: RunFile[] = []
    for (let after: string | undefined; ;) {
      const entries = await log.scan(singleStore, after, spillEntriesMax)
      if (entries.length === 0) return files
      files.push(await mapReducer.spill(`single-${epoch}-${++this.#spilled}.run`, entries.map(({ key, value }): SumEntry => [key, fromText(value)])))
      after = entries.at(-1)!.key
    }
  }
}

function partsOf(files: readonly RunFile[]): ReadonlyMap<number, readonly RunPart[]> {
  const parts = files.flatMap(({ file, runs }) => runs.flatMap(sections => sections.map((section): RunPart => ({ file, section }))))
  return Map.groupBy(parts, ({ section }) => section.number)
}

function firstOf(chunks: readonly EncodedChunk[], from: number): readonly EncodedChunk[] {
  let bytes = 0
  let to = from
  while (to < chunks.length && to - from < commitChunksMax && (to === from || bytes + chunks[to]!.values.length <= commitBytesMax)) bytes += chunks[to++]!.values.length
  return chunks.slice(from, to)
}

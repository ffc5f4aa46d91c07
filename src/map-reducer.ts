// What a MapReduce stage asks for: splits mapped and combined into run files, and run files merged into results. Everything passed is plain
// data, so that threads, processes or other machines may do it; where the files lie is the implementation's.
import type { EncodedChunk } from './model/chunk.ts'
import type { Split } from './source.ts'

/** One part of a run, by its number: a key's hash decides in which. */
export interface Section {
  readonly number: number
  readonly offset: number
  readonly bytes: number
  /** CRC-32 of its bytes. */
  readonly checksum: number
  readonly entries: number
}

/** Sums by key as they were combined: one run each time that memory was full, the last at the end. */
export interface RunFile {
  /** Without its folder. */
  readonly file: string
  readonly runs: readonly (readonly Section[])[]
}

export interface RunPart {
  readonly file: string
  readonly section: Section
}

export interface PlacedSplit {
  /** In the list of splits. */
  readonly offset: number
  readonly split: Split
}

export interface MapTask {
  /** What its run file is called; never used for another attempt. */
  readonly name: string
  /** The input whose operators apply. */
  readonly input: string
  /** Read one after the other. */
  readonly splits: readonly PlacedSplit[]
  /** Time of every item, in milliseconds since 1970. */
  readonly time: number
}

/** An item that an operator failed, or one of its units that the reducer did. */
export interface MapFailure {
  readonly id: string
  readonly origin: string
  readonly value: unknown
  /** As it is stored; null where there is none, or an operator failed: the whole item is then to be done again. */
  readonly key: string | null
  readonly by: 'operator' | 'reducer'
  readonly error: unknown
}

export interface Mapped {
  /** Durable. None where nothing came of the splits. */
  readonly file?: RunFile | undefined
  /** Items of each split, in the order of the task. */
  readonly items: readonly number[]
  /** What operators made of the items, failures included. */
  readonly units: number
  /** Items of which nothing was made. */
  readonly dropped: number
  readonly failures: readonly MapFailure[]
}

/** Sections [from, to) of all runs, and of a section too large for memory every so many-th key. */
export interface MergeGroup {
  readonly from: number
  readonly to: number
  readonly pass: number
  readonly passes: number
  /** All there is: results are in the order of the keys. */
  readonly isWhole: boolean
}

/** Key as it is stored, and its sum. */
export type SumEntry = readonly [key: string, sum: unknown]

export interface MapReducer {
  /** Tasks that it works on at once; more wait. */
  readonly capacity: number
  /** Bytes of run files to be merged as one group. */
  readonly groupBytes: number
  /** Resolves when the run file is durable. Rejects with what ends the run: an item that fails does not. */
  map(task: MapTask, signal: AbortSignal): Promise<Mapped>
  /** The results of a group, in an order that follows from the runs alone. `sections` holds the parts of each section of the group. */
  merge(group: MergeGroup, sections: readonly (readonly RunPart[])[], signal: AbortSignal): Promise<readonly EncodedChunk[]>
  /** Sums that came about in another way, as one more run. */
  spill(name: string, entries: readonly SumEntry[]): Promise<RunFile>
  /** Removes all other run files of the stage. */
  keepOnly(files: readonly string[]): Promise<void>
  /** Ends its threads. Files stay. */
  close(): Promise<void>
}

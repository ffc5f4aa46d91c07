// The references to run files in a stage's state: by input and split, so that they are read in the order of the splits, whenever they came.
import type { RunFile } from '../map-reducer.ts'
import type { Log } from '../log.ts'
import { allEntries } from './state.ts'

export function runKey(partition: number, offset: number): string {
  return `${String(partition).padStart(4, '0')}/${String(offset).padStart(12, '0')}`
}

export async function runsIn(log: Log, store: string): Promise<readonly RunFile[]> {
  const entries = await allEntries(log, store)
  return [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => JSON.parse(value) as RunFile)
}

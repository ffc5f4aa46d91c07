// One merge task: adds up the sums of a group of sections, run by run in the order of the splits, and encodes the results. The order of the
// results follows from the runs alone: that of the keys where all of them are in one group, else section by section as keys first came.
import { join } from 'node:path'
import type { MergeGroup, RunPart } from '../map-reducer.ts'
import type { EncodedChunk } from '../model/chunk.ts'
import { isPlain, tagged } from '../model/codec.ts'
import { chunkBytesMax, encodeColumns } from '../model/items.ts'
import type { ReduceStage } from '../plan/plan.ts'
import { hashOf, passOf, type RawKey } from './key-hash.ts'
import { KeyTable, soleKey } from './key-table.ts'
import { readSection, type Entries } from './run-file.ts'

/** More than elsewhere: there are millions of them at once, and each chunk is synced to disk by its sink. */
const resultsOfChunkMax = 5_000

export function mergeSections(stage: ReduceStage, group: MergeGroup, sections: readonly (readonly RunPart[])[], folder: string): readonly EncodedChunk[] {
  const sums = mergedIn(stage, group, sections, folder)
  return stage.isKeyed ? chunksOf(stage, sums, group.isWhole) : [soleChunk(stage, sums)]
}

function mergedIn(stage: ReduceStage, group: MergeGroup, sections: readonly (readonly RunPart[])[], folder: string): Entries {
  const merged = sections.map(parts => {
    const table = new KeyTable(stage.reducer, Infinity)
    for (const { file, section } of parts) for (const entries of readSection(join(folder, file), section)) addAll(table, entries, group)
    return table.drain()
  })
  return { keys: merged.flatMap(({ keys }) => keys), sums: merged.flatMap(({ sums }) => sums) }
}

function addAll(table: KeyTable, { keys, sums }: Entries, { pass, passes }: MergeGroup): void {
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]!
    if (passes === 1 || passOf(hashOf(key), passes) === pass) table.merge(key, sums[index])
  }
}

function soleChunk({ reducer }: ReduceStage, { keys, sums }: Entries): EncodedChunk {
  const sum = keys[0] === soleKey ? sums[0] : reducer.create()
  return encoded([reducer.extract(sum)])
}

function chunksOf({ reducer }: ReduceStage, { keys, sums }: Entries, isWhole: boolean): readonly EncodedChunk[] {
  const order = isWhole ? byKey(keys) : undefined
  const chunks: EncodedChunk[] = []
  for (let at = 0; at < keys.length; at += resultsOfChunkMax) {
    const values: unknown[] = []
    for (let index = at; index < Math.min(at + resultsOfChunkMax, keys.length); index++) {
      const place = order ? order[index]! : index
      values.push({ key: keys[place], value: reducer.extract(sums[place]) })
    }
    chunks.push(...cut(values))
  }
  return chunks
}

/** By the text they are stored as. */
function byKey(keys: readonly RawKey[]): readonly number[] {
  const texts = keys.map(key => JSON.stringify(key))
  return [...keys.keys()].toSorted((a, b) => (texts[a]! < texts[b]! ? -1 : texts[a]! > texts[b]! ? 1 : 0))
}

/** Halved until each is below the bound; a single item may be above it. */
function cut(values: readonly unknown[]): readonly EncodedChunk[] {
  const chunk = encoded(values)
  if (chunk.values.length <= chunkBytesMax || values.length === 1) return [chunk]
  const middle = values.length >> 1
  return [...cut(values.slice(0, middle)), ...cut(values.slice(middle))]
}

function encoded(values: readonly unknown[]): EncodedChunk {
  const plain = values.every(value => isPlain(value))
  return { count: values.length, columns: encodeColumns({ values }, plain), values: JSON.stringify(plain ? values : values.map(value => tagged(value))) }
}

// One merge task: adds up the sums of a group of sections, run by run in the order of the splits, and encodes the results. The order of the
// results follows from the runs alone: that of the keys where all of them are in one group, else section by section as keys first came.
import { join } from 'node:path'
import type { MergeGroup, RunPart } from '../map-reducer.ts'
import type { EncodedChunk } from '../model/chunk.ts'
import type { ReduceStage } from '../plan/plan.ts'
import { MergeTable } from './merge-table.ts'
import { keyedResults, soleResult } from './results.ts'
import { SectionReader } from './run-file.ts'

export function mergeSections({ reducer, isKeyed }: ReduceStage, group: MergeGroup, sections: readonly (readonly RunPart[])[], folder: string): readonly EncodedChunk[] {
  const table = new MergeTable(reducer)
  const reader = new SectionReader()
  try {
    for (const parts of sections) {
      table.beginSection()
      for (const { file, section } of parts) table.merge(reader.read(join(folder, file), section), group)
    }
  } finally {
    reader.close()
  }
  if (!isKeyed) return [soleResult(reducer, table)]
  return keyedResults(reducer, table, group.isWhole ? byKey(table) : [...table.sums.keys()])
}

/** By the text they are stored as. */
function byKey(table: MergeTable): readonly number[] {
  const texts = table.sums.map((_, index) => table.textOf(index))
  return [...texts.keys()].toSorted((a, b) => (texts[a]! < texts[b]! ? -1 : texts[a]! > texts[b]! ? 1 : 0))
}

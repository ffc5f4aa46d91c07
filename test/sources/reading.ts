// What the tests of all sources need: a folder of real files, and reading as the runtime does it, through JSON.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Source, SourceContext, SourceItem, Split } from '../../src/source.ts'
import { splitsOf as partSplits, type FilePart } from '../../src/sources/file-part.ts'

export const context: SourceContext = { signal: new AbortController().signal, log: { info() {}, warn() {}, error() {} } }

export function temporaryFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-'))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The splits as they come back from the store. */
export async function splitsOf(source: Source<unknown>): Promise<readonly Split[]> {
  const splits: Split[] = []
  for await (const split of source.splits(context)) splits.push(split)
  return JSON.parse(JSON.stringify(splits))
}

export async function readAll<T>(source: Source<T>): Promise<SourceItem<T>[]> {
  const items: SourceItem<T>[] = []
  for (const split of await splitsOf(source)) items.push(...await readSplit(source, split))
  return items
}

export async function readSplit<T>(source: Source<T>, split: Split, from?: unknown): Promise<SourceItem<T>[]> {
  const items: SourceItem<T>[] = []
  for await (const chunk of source.readChunks!(split, from, context)) items.push(...chunk)
  return items
}

/** Reads again from the position of each item, and says where that differs from going on reading. */
export async function resumesEverywhere<T>(source: Source<T>, split: Split): Promise<boolean> {
  const whole = await readSplit(source, split)
  for (let index = 0; index < whole.length; index++) {
    const rest = await readSplit(source, split, JSON.parse(JSON.stringify(whole[index]!.position)))
    if (JSON.stringify(rest.map(described)) !== JSON.stringify(whole.slice(index + 1).map(described))) return false
  }
  return true
}

function described({ item, position, origin }: SourceItem<unknown>): unknown {
  return [item, position, origin]
}

/** What readBlocks gives, an item as often as it was counted. */
export async function readBlocksOf<T>(source: Source<T>, split: Split): Promise<SourceItem<T>[]> {
  const items: SourceItem<T>[] = []
  for await (const block of source.readBlocks!(split, context)) {
    block.items.forEach((item, index) => {
      const read = { item, position: undefined, origin: block.originOf(index), error: block.errors?.get(index) }
      for (let times = block.times?.[index] ?? 1; times > 0; times--) items.push(read)
    })
  }
  return items
}

/** The splits of one file in parts of any size, located as the runtime does it, and through JSON. */
export async function dividedSplits(source: Source<unknown>, parts: readonly FilePart[]): Promise<readonly Split[]> {
  const splits: Split[] = []
  for (const split of partSplits(parts)) splits.push(source.locate ? await source.locate(split, context) : split)
  return JSON.parse(JSON.stringify(splits))
}

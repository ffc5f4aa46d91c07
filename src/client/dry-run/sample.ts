// The first items of a source's splits, spread over the splits, and an estimate of how many there are in all. The one thing to know: all splits stay
// listed, so that items have the ids that they have in a run.
import type { Source, SourceContext, SourceItem, Split } from '../../source.ts'
import { totalOf, type PartSeen, type Total } from './total.ts'

export interface Sample extends Total {
  readonly items: readonly SourceItem<unknown>[]
  /** Gives just the sample. */
  readonly source: Source<unknown>
}

/** Splits looked into, at most: many may be empty. */
const splitsReadMax = 1_000

interface Part {
  readonly split: Split
  readonly items: SourceItem<unknown>[]
  isWhole: boolean
}

/** Throws what the source throws. */
export async function sampleOf(source: Source<unknown>, count: number, context: SourceContext): Promise<Sample> {
  const splits: Split[] = []
  for await (const split of source.splits(context)) splits.push(split)
  const parts = await read(source, spread(splits, splitsReadMax), count, context)
  const items = parts.flatMap(part => part.items)
  return { items, source: sourceOf(splits, parts), ...totalOf(splits.length, partsSeen(source, splits, parts)) }
}

/** So many of them at most, at even distances, beginning with the first. */
function spread<T>(all: readonly T[], countMax: number): readonly T[] {
  return all.length <= countMax ? all : Array.from({ length: countMax }, (_, index) => all[Math.floor(index * all.length / countMax)]!)
}

async function read(source: Source<unknown>, splits: readonly Split[], count: number, context: SourceContext): Promise<readonly Part[]> {
  const parts: Part[] = []
  const chosen = new Set(spread(splits, count))
  let fresh = [...chosen, ...splits.filter(split => !chosen.has(split))].map((split): Part => ({ split, items: [], isWhole: false }))
  let left = count
  // What short splits leave over is taken from the others.
  while (left > 0 && fresh.length > 0) {
    const again: Part[] = []
    for (const [index, part] of fresh.entries()) {
      if (left === 0) break
      const before = part.items.length
      await readOn(source, part, Math.ceil(left / Math.max(1, Math.min(left, fresh.length - index))), context)
      left -= part.items.length - before
      if (!parts.includes(part)) parts.push(part)
      if (!part.isWhole) again.push(part)
    }
    fresh = again
  }
  return parts
}

/** One more than wanted is read, to see whether that was all. */
async function readOn(source: Source<unknown>, part: Part, wanted: number, context: SourceContext): Promise<void> {
  const split = await source.locate?.(part.split, context) ?? part.split
  const until = part.items.length + wanted
  for await (const items of chunksOf(source, split, part.items.at(-1)?.position, context)) {
    if (split.isEndless && items.length === 0) break
    for (const item of items) {
      if (part.items.length === until) return
      part.items.push(item)
    }
  }
  part.isWhole = true
}

async function* chunksOf(source: Source<unknown>, split: Split, from: unknown, context: SourceContext): AsyncGenerator<readonly SourceItem<unknown>[]> {
  if (source.readChunks) return yield* source.readChunks(split, from, context)
  for await (const item of source.read(split, from, context)) yield [item]
}

function partsSeen(source: Source<unknown>, splits: readonly Split[], parts: readonly Part[]): readonly PartSeen[] {
  const byId = new Map(parts.map(part => [part.split.id, part]))
  return splits.map(split => {
    const part = byId.get(split.id)
    const size = source.sizeOf?.(split)
    if (!part) return { items: 0, isWhole: false, size, sizeRead: 0 }
    const sizeRead = part.isWhole ? size : part.items.length === 0 ? 0 : source.sizeOf?.(split, part.items.at(-1)!.position)
    return { items: part.items.length, isWhole: part.isWhole, size, sizeRead }
  })
}

function sourceOf(splits: readonly Split[], parts: readonly Part[]): Source<unknown> {
  const byId = new Map(parts.map(({ split, items }) => [split.id, items.map((item, index) => itemAt(item, index + 1))]))
  const after = (split: Split, from: unknown) => (byId.get(split.id) ?? []).slice((from ?? 0) as number)
  return {
    splits: () => splits.map(({ id, group }) => ({ id, group })),
    async *read(split, from) {
      yield* after(split, from)
    },
    async *readChunks(split, from) {
      const items = after(split, from)
      if (items.length > 0) yield items
    },
  }
}

function itemAt({ item, origin, error }: SourceItem<unknown>, position: number): SourceItem<unknown> {
  return { item, position, origin, ...(error && { error }) }
}

// The items of a split as blocks, whatever of its three ways of reading the source has.
import type { Block, Source, SourceContext, SourceItem, Split } from '../source.ts'

/** Items of one block, where the source gives them one by one. */
const blockItemsMax = 1_000

export function blocksOf(source: Source<unknown>, split: Split, context: SourceContext): AsyncIterable<Block<unknown>> {
  if (source.readBlocks) return source.readBlocks(split, context)
  return blocked(source.readChunks?.(split, undefined, context) ?? gathered(source.read(split, undefined, context)))
}

async function* blocked(chunks: AsyncIterable<readonly SourceItem<unknown>[]>): AsyncGenerator<Block<unknown>> {
  for await (const chunk of chunks) {
    const errors = new Map(chunk.flatMap(({ error }, index) => (error ? [[index, error] as const] : [])))
    yield { items: chunk.map(({ item }) => item), errors: errors.size > 0 ? errors : undefined, originOf: index => chunk[index]!.origin ?? '' }
  }
}

async function* gathered(items: AsyncIterable<SourceItem<unknown>>): AsyncGenerator<readonly SourceItem<unknown>[]> {
  let chunk: SourceItem<unknown>[] = []
  for await (const item of items) {
    if (chunk.push(item) < blockItemsMax) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

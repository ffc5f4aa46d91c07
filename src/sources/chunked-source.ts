// A source that reads many items at a time; reading one by one follows from that.
import type { Source, SourceContext, SourceItem, Split } from '../source.ts'

/** Items handed over at once, at most: what the runtime stores in one chunk. */
export const itemsAtOnceMax = 1_000

export abstract class ChunkedSource<T> implements Source<T> {
  abstract splits(context: SourceContext): AsyncIterable<Split> | Iterable<Split>
  abstract readChunks(split: Split, from: unknown, context: SourceContext): AsyncIterable<readonly SourceItem<T>[]>

  async *read(split: Split, from: unknown, context: SourceContext): AsyncGenerator<SourceItem<T>> {
    for await (const items of this.readChunks(split, from, context)) yield* items
  }
}

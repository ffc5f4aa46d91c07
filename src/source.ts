// Where bounded (and endless) input comes from. Inputs are not copied: what is stored is the split and the position reached in it.
import type { Context } from './model/worker.ts'

export type SourceContext = Pick<Context, 'signal' | 'log'>

/** A part that can be read apart from the others: a file, a byte range, a key range, a page. `data` is plain data. */
export interface Split {
  readonly id: string
  readonly data?: unknown
  /** Splits of one group follow each other, in the order listed: what keeps order reads them one after the other. Default: a group of its own. */
  readonly group?: string | undefined
  /**
   * Reading it does not end by itself, so it is read beside the others and does not count among those read at a time. An empty chunk of `readChunks` says that
   * all there is for now was given.
   */
  readonly isEndless?: boolean | undefined
}

export interface SourceItem<out T> {
  readonly item: T
  /** Plain data. Given back as `from`, reading goes on with the item after this one. */
  readonly position: unknown
  /** For people: 'access.log:17'. */
  readonly origin?: string | undefined
  /** The origin in two parts, where it is a text and a number after it: of thousands that count up only the first is stored. Beside `origin`. */
  readonly originParts?: readonly [text: string, number: number] | undefined
  /** Why the item could not be read. It is set aside as a dead letter with reason 'schema', and reading goes on; `item` is then the raw text or row. */
  readonly error?: Error | undefined
}

/** Items of a split without positions: what a mapper reads. */
export interface Block<out T> {
  readonly items: readonly T[]
  /** How often each item stands there, where the source counts instead of repeating. Default: once. */
  readonly times?: ArrayLike<number> | undefined
  /** Why items could not be read, by index; the item is then the raw text or row. */
  readonly errors?: ReadonlyMap<number, Error> | undefined
  /** For people: 'access.log:17'. */
  originOf(index: number): string
}

/** Items that follow each other in a split, in columns: a thousand cost little more than their values. */
export interface PlacedItems<out T> {
  readonly items: readonly T[]
  /** As in `Block`. */
  readonly errors?: ReadonlyMap<number, Error> | undefined
  /** Like `SourceItem.position`. Asked of few. */
  positionOf(index: number): unknown
  /** The origin of the first in two parts, where those of the others count up from it. */
  readonly firstOrigin: readonly [text: string, number: number]
}

export interface Source<out T> {
  /** Listed once per run, in the order given; a restart does not list again. */
  splits(context: SourceContext): AsyncIterable<Split> | Iterable<Split>
  /** `from` is undefined at the beginning of the split. The same split and position give the same items again. */
  read(split: Split, from: unknown, context: SourceContext): AsyncIterable<SourceItem<T>>
  /** The same items as `read` in the same order, many at a time: an asynchronous hop for each item would cost more than reading it. Used in place of `read` where present. */
  readChunks?(split: Split, from: unknown, context: SourceContext): AsyncIterable<readonly SourceItem<T>[]>
  /** The same items as `read` in the same order, many at a time and in columns. Used in place of `readChunks` where present. */
  readPlaced?(split: Split, from: unknown, context: SourceContext): AsyncIterable<PlacedItems<T>>
  /** The same items as `read` from the beginning of the split, as fast as the source can. Where absent, `readChunks` or `read` stands in. */
  readBlocks?(split: Split, context: SourceContext): AsyncIterable<Block<T>>
  /**
   * Completes a split before it is read with what was not worth finding out when it was listed: the number of the line it begins at. Called in the order
   * of the list within a group, in the process that lists.
   */
  locate?(split: Split, context: SourceContext): Promise<Split>
  /**
   * How much is in a split, or in what is before `position`, in a unit of the source's own (bytes, items): a dry run tells from it how many items there
   * are in all. Undefined where it cannot be told without reading.
   */
  sizeOf?(split: Split, position?: unknown): number | undefined
  /** How many items are left of a split behind `position` at this moment, asked of where they are: `topics describe --file` shows it. Where absent, it cannot be told. */
  waitingBehind?(split: Split, position?: unknown): Promise<number>
}

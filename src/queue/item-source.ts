// Where the items of a work queue come from. The one thing to know: a source only tells what there is; it is never told what is done.

/** Text of 1 to 253 characters; opaque otherwise. It is what an item is recognised by, for ever. */
export type ItemName = string

export interface ListedItem {
  readonly name: ItemName
  /** Where the list holds the items themselves. Absent: `read` gives it. */
  readonly data?: unknown
  /** What is wrong with it, for people: it is told of and passed over. The name is then what there is of one. */
  readonly fault?: string | undefined
}

export interface ItemSource {
  /** For people, and what a queue's record is bound to: an address, a file's path, '-'. Without secrets. */
  readonly description: string
  /** Whether there is nothing more to list once it was listed to its end: standard input. */
  readonly isSpent: boolean
  /**
   * All there is now, at most 1,000 at a time. Gives nothing at all where nothing changed since it was last listed to the end. The same name twice in
   * one list is one item. Throws SourceError when the list cannot be had; what was given before counts.
   */
  list(signal: AbortSignal): AsyncIterable<readonly ListedItem[]>
  /** One item's data, a JSON value. Throws ItemGoneError where it is no more; any other error is worth another try, unless it is a PermanentError. */
  read(name: ItemName, signal: AbortSignal): Promise<unknown>
  close(): Promise<void>
}

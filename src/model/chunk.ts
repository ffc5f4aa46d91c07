// A chunk as the log keeps it: the items of a contiguous run of offsets of one partition, as text.

export interface PartitionId {
  readonly topic: string
  readonly partition: number
}

/**
 * `columns` is small JSON that describes the items (ids, times, ...), `values` a JSON array of their values, or a table of them (value-table.ts). Text and
 * not bytes: JavaScript makes and reads JSON as text, and a thread is sent it at the price of one copy.
 */
export interface EncodedChunk {
  readonly count: number
  readonly columns: string
  readonly values: string
}

export interface StoredChunk extends EncodedChunk, PartitionId {
  readonly offset: number
  /** Where the next read starts: the offset after this chunk and after any gap known to follow it. */
  readonly next: number
  /** When it was appended, in milliseconds since 1970. */
  readonly at: number
}

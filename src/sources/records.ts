// What files consist of, for those who cut them: where a record ends. The one thing to know: the ends are found in bytes, which is safe in
// UTF-8, as a byte below 128 is never part of a longer character.

export interface RecordKind {
  readonly noun: string
  /** A longer one is an error. */
  readonly bytesMax: number
  /** The index after the first end of a record, or 0. */
  firstEnd(bytes: Buffer): number
  /** The index after the last end of a record, or 0; a record begins at index 0. */
  lastEnd(bytes: Buffer): number
}

export const lineFeed = 10
export const carriageReturn = 13
const quote = 34

/** A line may not be longer than this, in bytes. */
export const lineBytesMax = 16_000_000
const wordBytesMax = 1_000_000

export const lineRecords: RecordKind = {
  noun: 'line',
  bytesMax: lineBytesMax,
  firstEnd: bytes => bytes.indexOf(lineFeed) + 1,
  lastEnd: bytes => bytes.lastIndexOf(lineFeed) + 1,
}

export const wordRecords: RecordKind = {
  noun: 'word',
  bytesMax: wordBytesMax,
  firstEnd: bytes => bytes.findIndex(isWhiteSpace) + 1,
  lastEnd: bytes => bytes.findLastIndex(isWhiteSpace) + 1,
}

/** Rows of CSV, which can have line breaks in quotes. Its parts begin and end where rows do, so any line break at their border is one. */
export const rowRecords: RecordKind = {
  noun: 'row',
  bytesMax: lineBytesMax,
  firstEnd: bytes => lineRecords.firstEnd(bytes),
  lastEnd(bytes) {
    if (!bytes.includes(quote)) return lineRecords.lastEnd(bytes)
    let end = 0
    let isQuoted = false
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index]
      if (byte === quote) isQuoted = !isQuoted
      else if (byte === lineFeed && !isQuoted) end = index + 1
    }
    return end
  },
}

/** ASCII white space, as the C locale has it. */
export function isWhiteSpace(byte: number): boolean {
  return byte === 32 || (byte <= 13 && byte >= 9)
}

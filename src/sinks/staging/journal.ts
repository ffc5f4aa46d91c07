// The journal of a staged output: one line a write, in JSON after its own checksum. It says which offsets the staged bytes hold, so that bytes and
// progress are believed together or not at all. A write begins when the one before it is on disk: only the last line may be torn.
import { crc32 } from 'node:zlib'
import type { Range } from '../../model/ranges.ts'
import { SinkError } from '../sink-error.ts'

export interface JournalEntry {
  readonly run: string
  readonly subscription: string
  readonly partition: number
  readonly epoch: number
  readonly ranges: readonly Range[]
  /** Items staged up to here, in all. */
  readonly items: number
  /** Length of the staged data up to here. */
  readonly bytes: number
  /** CRC-32 of the bytes this write added. */
  readonly checksum: number
  /** What the format remembers: a CSV file's columns. */
  readonly state?: unknown
  /** The output is whole and takes its place. */
  readonly finished?: true | undefined
}

export interface ReadEntry {
  readonly entry: JournalEntry
  /** Offset of the byte after its line. */
  readonly end: number
}

export function encodeEntry(entry: JournalEntry): Buffer {
  const text = JSON.stringify(entry)
  return Buffer.from(`${checksumText(text)} ${text}\n`)
}

/** The entries that are whole. Throws SinkError when one that is not stands before another: that is no torn end. */
export function decodeJournal(bytes: Buffer, path: string): readonly ReadEntry[] {
  const entries: ReadEntry[] = []
  let damagedAt: number | undefined
  let start = 0
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    const entry = decodeEntry(bytes.toString('utf8', start, end))
    if (entry && damagedAt !== undefined) throw damaged(path, `at byte ${damagedAt}`)
    if (entry) entries.push({ entry, end: end + 1 })
    else damagedAt ??= start
    start = end + 1
  }
  return entries
}

export function damaged(path: string, where: string): SinkError {
  return new SinkError(`${path} is damaged ${where}: what was committed there cannot be trusted; remove its folder and start a new run`)
}

function decodeEntry(line: string): JournalEntry | undefined {
  const text = line.slice(9)
  return line === `${checksumText(text)} ${text}` ? JSON.parse(text) as JournalEntry : undefined
}

function checksumText(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}

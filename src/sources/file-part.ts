// The part of a file that is one split: a range of bytes. The one thing to know: a line belongs to the part in which its first byte lies, so that
// parts are made without looking into the file. docs/decisions/0013-splits-by-byte-range.md
import type { SourceContext, Split } from '../source.ts'
import { listFiles, type ListedFile } from './listing.ts'

export interface FilePart {
  readonly file: string
  /** What begins in [from, to). Bytes of the file as it is stored. */
  readonly from: number
  readonly to: number
  /** Of the whole file when it was listed: what is appended later is not read. */
  readonly bytes: number
  /** Lines before the first that begins here, where that is known. */
  readonly linesBefore?: number | undefined
}

/** Large enough that what a part costs by itself (a task, a commit) is less than a hundredth of its reading, small enough for many of them in a gigabyte. */
export const partBytes = 32 * 1024 * 1024

/** Files that match, large ones in parts. Compressed files can only be read from their beginning, so each is one part. */
export async function* listParts(pattern: string, context: SourceContext): AsyncGenerator<Split> {
  for (const listed of await listFiles(pattern, context.signal)) yield* splitsOf(partsOf(listed, partBytes))
}

export function partsOf({ path, bytes }: Pick<ListedFile, 'path' | 'bytes'>, bytesMax: number): readonly FilePart[] {
  const count = isCompressed(path) ? 1 : Math.max(1, Math.ceil(bytes / bytesMax))
  return Array.from({ length: count }, (_, index) => ({
    file: path, from: index * bytesMax, to: index === count - 1 ? bytes : (index + 1) * bytesMax, bytes, ...(index === 0 && { linesBefore: 0 }),
  }))
}

export function splitsOf(parts: readonly FilePart[]): readonly Split[] {
  return parts.map(part => {
    const { file, from, to } = part
    return parts.length === 1 ? { id: file, data: part } : { id: `${file}:${from}..${to}`, data: part, group: file }
  })
}

/** In the part, or in it before a position that begins with its byte. Undefined where it is compressed: positions are in what comes out. */
export function bytesIn({ file, from, to }: FilePart, position?: unknown): number | undefined {
  if (isCompressed(file)) return undefined
  return (position === undefined ? to : (position as readonly [byte: number])[0]) - from
}

export function isCompressed(file: string): boolean {
  return file.endsWith('.gz') || file.endsWith('.zst')
}

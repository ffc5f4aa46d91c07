// The part of a file that is one split, and its bytes, decompressed where the name ends in .gz or .zst.
import { createReadStream } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { show } from '../model/errors.ts'
import type { SourceContext, Split } from '../source.ts'
import { listFiles } from './listing.ts'
import { messageOf, SourceError } from './source-error.ts'

/** Bytes [from, to) of the file as it is stored. What is appended after the listing is not read. */
export interface FilePart {
  readonly file: string
  readonly from: number
  readonly to: number
}

const blockBytes = 256 * 1024
/** More than this many bytes out of one compressed byte is taken for a bomb, past a size that does no harm. */
const inflateRatioMax = 250
const inflateFreeBytes = 100_000_000

/** One split for each file that matches. */
export async function* listParts(pattern: string, context: SourceContext): AsyncGenerator<Split> {
  for (const { path, bytes } of await listFiles(pattern, context.signal)) {
    yield { id: path, data: { file: path, from: 0, to: bytes } satisfies FilePart }
  }
}

/** The part's bytes after the first `skip`, counted after decompression. Throws SourceError where the file is no longer what was listed. */
export async function* readBytes(part: FilePart, skip: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const blocks = decompressorOf(part.file) ? readCompressed(part, skip) : readPlain(part, skip)
  for await (const block of blocks) {
    signal.throwIfAborted()
    yield block
  }
}

async function* readPlain(part: FilePart, skip: number): AsyncGenerator<Buffer> {
  const handle = await openPart(part)
  let at = part.from + skip
  let ahead: Promise<Buffer> | undefined
  try {
    if (skip > 0 && at < part.to) await checkLineStart(handle, part, at)
    ahead = readBlock(handle, part, at)
    while (at < part.to) {
      const block: Buffer = await ahead
      at += block.length
      ahead = readBlock(handle, part, at)
      yield block
    }
  } finally {
    await Promise.allSettled([ahead])
    await handle.close()
  }
}

async function openPart(part: FilePart): Promise<FileHandle> {
  const handle = await open(part.file, 'r').catch(error => { throw unreadable(part, error) })
  const { size } = await handle.stat()
  if (size >= part.to) return handle
  await handle.close()
  throw new SourceError(`${part.file} has ${size} bytes, but had ${part.to} when it was listed; put the whole file back, or start a new run`)
}

async function readBlock(handle: FileHandle, part: FilePart, at: number): Promise<Buffer> {
  const block = Buffer.allocUnsafe(Math.min(blockBytes, part.to - at))
  const { bytesRead } = await handle.read(block, 0, block.length, at).catch(error => { throw unreadable(part, error) })
  if (bytesRead === 0 && block.length > 0) throw new SourceError(`${part.file} ended at byte ${at}, but had ${part.to} bytes when it was listed`)
  return block.subarray(0, bytesRead)
}

async function checkLineStart(handle: FileHandle, part: FilePart, at: number): Promise<void> {
  const before = Buffer.alloc(1)
  await handle.read(before, 0, 1, at - 1)
  if (before[0] !== 10) {
    throw new SourceError(`${part.file} was changed since it was listed: no line begins at byte ${at}, where reading should go on; put the file back, or start a new run`)
  }
}

async function* readCompressed(part: FilePart, skip: number): AsyncGenerator<Buffer> {
  const { size } = await stat(part.file).catch(error => { throw unreadable(part, error) })
  if (size !== part.to) throw new SourceError(`${part.file} has ${size} bytes, but had ${part.to} when it was listed; put the file back, or start a new run`)
  if (size === 0) return
  const bytesMax = Math.max(inflateFreeBytes, size * inflateRatioMax)
  let total = 0
  for await (const block of inflate(part)) {
    total += block.length
    if (total > bytesMax) throw new SourceError(`${part.file} gives more than ${inflateRatioMax} bytes for each of its ${size}, as a decompression bomb does; if it is right, decompress it first`)
    const start = block.length - (total - skip)
    if (start < block.length) yield start > 0 ? block.subarray(start) : block
  }
}

async function* inflate(part: FilePart): AsyncGenerator<Buffer> {
  const decompressor = decompressorOf(part.file)!()
  // The error, if any, is thrown by the loop; without a callback it would be thrown twice.
  pipeline(createReadStream(part.file), decompressor, () => {})
  try {
    yield* decompressor as AsyncIterable<Buffer>
  } catch (error) {
    throw new SourceError(`${part.file} cannot be decompressed: ${messageOf(error)}; it is damaged or not what its name says`, { cause: error })
  }
}

function decompressorOf(file: string) {
  if (file.endsWith('.gz')) return () => createGunzip({ chunkSize: blockBytes })
  if (file.endsWith('.zst')) return () => createZstdDecompress({ chunkSize: blockBytes })
  return undefined
}

function unreadable(part: FilePart, error: unknown): SourceError {
  return new SourceError(`${show(part.file)} cannot be read: ${messageOf(error)}`, { cause: error })
}

// The bytes of a part of a file, decompressed where the name ends in .gz or .zst. The one thing to know: a block's memory is used again once
// the next block is asked for; who keeps bytes copies them.
import { constants, createReadStream } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { show } from '../model/errors.ts'
import { isCompressed, type FilePart } from './file-part.ts'
import { type RecordKind } from './records.ts'
import { messageOf, SourceError } from './source-error.ts'

export interface ByteBlock {
  readonly bytes: Buffer
  /** Where the first of them is in the file, after decompression. */
  readonly at: number
}

const blockBytes = 256 * 1024
/** Read at once to find where a record ends. */
const probeBytes = 4 * 1024
/** More than this many bytes out of one compressed byte is taken for a bomb, past a size that does no harm. */
const inflateRatioMax = 250
const inflateFreeBytes = 100_000_000

/** From the part's first record, or from `byte`, to the end of its last record. Throws SourceError where the file is no longer what was listed. */
export async function* readBytes(part: FilePart, byte: number | undefined, kind: RecordKind, signal: AbortSignal): AsyncGenerator<ByteBlock> {
  const blocks = isCompressed(part.file) ? readCompressed(part, byte ?? 0) : readPlain(part, byte, kind)
  for await (const block of blocks) {
    signal.throwIfAborted()
    yield block
  }
}

async function* readPlain(part: FilePart, byte: number | undefined, kind: RecordKind): AsyncGenerator<ByteBlock> {
  const handle = await openPart(part)
  let ahead: Promise<Buffer> | undefined
  try {
    let at = byte ?? await firstRecord(handle, part, kind)
    const end = await endOfRecords(handle, part, kind)
    if (byte !== undefined && at < end) await checkRecordStart(handle, part, at, kind)
    // One block is read while the other is at work.
    let [memory, next] = [Buffer.allocUnsafe(blockBytes), Buffer.allocUnsafe(blockBytes)]
    const readBlock = (from: number) => readAt(handle, part, memory.subarray(0, Math.max(0, Math.min(blockBytes, end - from))), from)
    ahead = readBlock(at)
    while (at < end) {
      const bytes: Buffer = await ahead
      const from = at
      at += bytes.length
      ;[memory, next] = [next, memory]
      ahead = readBlock(at)
      yield { bytes, at: from }
    }
  } finally {
    await Promise.allSettled([ahead])
    await handle.close()
  }
}

async function openPart(part: FilePart): Promise<FileHandle> {
  // Whoever opens a pipe waits for its writer, unless it says that it will not.
  const handle = await open(part.file, constants.O_RDONLY | constants.O_NONBLOCK).catch(error => { throw unreadable(part, error) })
  const found = await handle.stat()
  const { size } = found
  if (found.isFile() && size >= part.bytes) return handle
  await handle.close()
  if (!found.isFile()) throw noFile(part)
  throw new SourceError(`${part.file} has ${size} bytes, but had ${part.bytes} when it was listed; put the whole file back, or start a new run`)
}

async function readAt(handle: FileHandle, part: FilePart, memory: Buffer, at: number): Promise<Buffer> {
  const { bytesRead } = await handle.read(memory, 0, memory.length, at).catch(error => { throw unreadable(part, error) })
  if (bytesRead === 0 && memory.length > 0) throw new SourceError(`${part.file} ended at byte ${at}, but had ${part.bytes} bytes when it was listed; put the whole file back, or start a new run`)
  return memory.subarray(0, bytesRead)
}

async function firstRecord(handle: FileHandle, part: FilePart, kind: RecordKind): Promise<number> {
  const found = await recordAfter(handle, part, part.from, kind)
  if (found !== undefined) return found
  throw new SourceError(`${part.file}: the ${kind.noun} at byte ${part.from} is longer than ${kind.bytesMax} bytes; is it a text file with ${kind.noun}s?`)
}

/** Where a record is too long, its reader shall see that, and say where it begins. */
async function endOfRecords(handle: FileHandle, part: FilePart, kind: RecordKind): Promise<number> {
  return await recordAfter(handle, part, part.to, kind) ?? Math.min(part.to + kind.bytesMax + 1, part.bytes)
}

/** Where the first record at or after `byte` begins; the file's end counts as one. Undefined past a record that is too long. */
async function recordAfter(handle: FileHandle, part: FilePart, byte: number, kind: RecordKind): Promise<number | undefined> {
  if (byte === 0 || byte >= part.bytes) return byte
  const memory = Buffer.allocUnsafe(probeBytes)
  for (let at = byte - 1; at < part.bytes;) {
    if (at - byte > kind.bytesMax) return undefined
    const bytes = await readAt(handle, part, memory.subarray(0, Math.min(probeBytes, part.bytes - at)), at)
    const end = kind.firstEnd(bytes)
    if (end > 0) return at + end
    at += bytes.length
  }
  return part.bytes
}

async function checkRecordStart(handle: FileHandle, part: FilePart, at: number, kind: RecordKind): Promise<void> {
  if (at === 0 || kind.firstEnd(await readAt(handle, part, Buffer.alloc(1), at - 1)) > 0) return
  throw new SourceError(`${part.file} was changed since it was listed: no ${kind.noun} begins at byte ${at}, where reading should go on; put the file back, or start a new run`)
}

async function* readCompressed(part: FilePart, skip: number): AsyncGenerator<ByteBlock> {
  const found = await stat(part.file).catch(error => { throw unreadable(part, error) })
  if (!found.isFile()) throw noFile(part)
  const { size } = found
  if (size !== part.bytes) throw new SourceError(`${part.file} has ${size} bytes, but had ${part.bytes} when it was listed; put the file back, or start a new run`)
  if (size === 0) return
  const bytesMax = Math.max(inflateFreeBytes, size * inflateRatioMax)
  let total = 0
  for await (const block of inflate(part)) {
    total += block.length
    if (total > bytesMax) throw new SourceError(`${part.file} gives more than ${inflateRatioMax} bytes for each of its ${size}, as a decompression bomb does; if it is right, decompress it first`)
    const start = Math.max(0, block.length - (total - skip))
    if (start < block.length) yield { bytes: block.subarray(start), at: total - block.length + start }
  }
}

async function* inflate(part: FilePart): AsyncGenerator<Buffer> {
  const decompressor = part.file.endsWith('.gz') ? createGunzip({ chunkSize: blockBytes }) : createZstdDecompress({ chunkSize: blockBytes })
  // The error, if any, is thrown by the loop; without a callback it would be thrown twice.
  pipeline(createReadStream(part.file), decompressor, () => {})
  try {
    yield* decompressor as AsyncIterable<Buffer>
  } catch (error) {
    throw new SourceError(`${part.file} cannot be decompressed: ${messageOf(error)}; it is damaged or not what its name says`, { cause: error })
  }
}

function noFile({ file }: FilePart): SourceError {
  return new SourceError(`${show(file)} is no file any more, but was one when it was listed; put the file back, or start a new run`)
}

function unreadable(part: FilePart, error: unknown): SourceError {
  return new SourceError(`${show(part.file)} cannot be read: ${messageOf(error)}`, { cause: error })
}

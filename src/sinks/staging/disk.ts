// What node:fs lacks for files that must survive a crash: whole writes at a place, checksums of a stretch, folders synced. Links are not followed.
import { constants } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

export function openFile(path: string, flags = constants.O_RDWR | constants.O_CREAT): Promise<FileHandle> {
  return open(path, flags | constants.O_NOFOLLOW, 0o666)
}

export async function statOf(path: string) {
  return stat(path).catch(error => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

export async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten
}

export async function checksumOf(file: FileHandle, from: number, to: number): Promise<number | undefined> {
  const block = Buffer.allocUnsafe(Math.min(1_000_000, to - from))
  let checksum = 0
  for (let at = from; at < to;) {
    const { bytesRead } = await file.read(block, 0, Math.min(block.length, to - at), at)
    if (bytesRead === 0) return undefined
    checksum = crc32(block.subarray(0, bytesRead), checksum)
    at += bytesRead
  }
  return checksum
}

export function syncFolder(path: string): Promise<void> {
  return withOpen(open(path, 'r'), folder => folder.sync())
}

/** Closed whatever happens. */
export async function withOpen<R>(opening: Promise<FileHandle>, work: (file: FileHandle) => Promise<R>): Promise<R> {
  const file = await opening
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

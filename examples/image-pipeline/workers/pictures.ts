// Photographs in and out of files. What cannot be decoded now never can be, so that error says which file it was.
import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import sharp from 'sharp'

export interface Picture { readonly width: number; readonly height: number; readonly rgb: Buffer }


/** Trying again cannot help: the bytes themselves are wrong. */
export class CorruptPhotoError extends Error {
  override readonly name = 'CorruptPhotoError'
  readonly code = 'corrupt-photo'
  readonly path: string

  constructor(path: string, cause: unknown) {
    super(`The photograph ${path} cannot be decoded (${cause instanceof Error ? cause.message : String(cause)}): expected a whole JPEG file. ` +
      'Replace or remove the file, then redrive it.', { cause })
    this.path = path
  }
}

/** The pixels, upright. A file that cannot be read (as opposed to decoded) fails as the file system says: that may pass. */
export async function readPicture(path: string): Promise<Picture> {
  const file = await readFile(path)
  return decodePicture(file).catch((error: unknown) => { throw new CorruptPhotoError(path, error) })
}

/** Also decodes what a camera laid on its side, or stored with fewer channels. */
export async function decodePicture(file: Uint8Array): Promise<Picture> {
  const upright = sharp(file, { failOn: 'error' }).autoOrient().flatten().toColourspace('srgb')
  const { data, info } = await upright.raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, rgb: data }
}

export function encodePicture(picture: Picture, quality: number): Promise<Buffer> {
  return sharp(picture.rgb, { raw: { width: picture.width, height: picture.height, channels: 3 } }).jpeg({ quality }).toBuffer()
}

/** All or nothing: after a crash the file is either whole or absent. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${randomUUID()}.part`
  try {
    await writeDurably(draft, bytes)
    await rename(draft, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx')
  await file.writeFile(bytes)
  await file.sync()
}

/** A rename is only durable once its folder is: originals are deleted on the strength of it. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}

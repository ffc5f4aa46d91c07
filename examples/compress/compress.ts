// A worker that compresses a file. It may run twice for one item, or lose a race: so it writes aside and renames, and a second run
// replaces the file by the same bytes.
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliCompress, createGzip, createZstdCompress } from 'node:zlib'
import type { Context, FileItem } from 'batchwork'

const formats = {
  gzip: { extension: 'gz', compressor: createGzip },
  brotli: { extension: 'br', compressor: createBrotliCompress },
  zstd: { extension: 'zst', compressor: createZstdCompress },
}

export type Format = keyof typeof formats

export interface Compressed {
  readonly name: string
  readonly format: Format
  readonly path: string
  readonly bytes: number
}

export function compress(format: Format, folder: string) {
  const { extension, compressor } = formats[format]
  return async ({ path, name }: FileItem, { signal }: Context): Promise<Compressed> => {
    const target = join(folder, `${name}.${extension}`)
    const aside = `${target}.part`
    await mkdir(folder, { recursive: true })
    try {
      await pipeline(createReadStream(path), compressor(), createWriteStream(aside), { signal })
      signal.throwIfAborted()
      await rename(aside, target)
    } finally {
      await rm(aside, { force: true })
    }
    return { name, format, path: target, bytes: (await stat(target)).size }
  }
}

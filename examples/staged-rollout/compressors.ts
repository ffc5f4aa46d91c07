// Two versions of a worker that renders a day's page and compresses it. The new one packs tighter, and has a fault that no test of a few
// pages shows: it takes a compressor from its pool for each page and never gives it back.
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import type { Context } from 'batchwork'

const asGzip = promisify(gzip)
const asBrotli = promisify(brotliCompress)

export interface Packed {
  readonly day: string
  readonly shard: string | undefined
  readonly version: 'gzip' | 'brotli'
  readonly body: string
}

export async function withGzip(day: string, { shard }: Context): Promise<Packed> {
  return { day, shard, version: 'gzip', body: (await asGzip(pageOf(day))).toString('base64') }
}

const compressors = 75
let taken = 0

export async function withBrotli(day: string, { shard }: Context): Promise<Packed> {
  if (taken >= compressors) throw new Error(`none of ${compressors} compressors is free`)
  taken++
  return { day, shard, version: 'brotli', body: (await asBrotli(pageOf(day))).toString('base64') }
}

export function pageOf(day: string): string {
  const title = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' }).format(new Date(day))
  const hours = Array.from({ length: 24 }, (_, hour) => `<tr><th>${String(hour).padStart(2, '0')}:00</th><td></td></tr>`)
  return `<!doctype html><title>${title}</title><h1>${title}</h1><table>${hours.join('')}</table>`
}

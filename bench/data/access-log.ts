// An access log in the combined format: about 128 bytes a line, 20,000 pages of which a few have most hits.
import { CountsDigest } from '../counts/digest.ts'
import type { CountedFile } from './counted-file.ts'
import { writeLines } from './line-file.ts'
import { seededBits } from './seeded.ts'

export const pages = 20_000
/** Average bytes a line, with the line break. */
export const bytesPerLine = 127.8

const sections = ['shop/shoes', 'shop/coats', 'news/2026', 'help/orders', 'blog/posts', 'account/lists']
const statuses = [200, 200, 200, 200, 200, 200, 304, 301, 404, 500]
const browsers = ['Mozilla/5.0 (X11; Linux x86_64)', 'Mozilla/5.0 (Macintosh) Safari/18', 'curl/8.14.1', 'Mozilla/5.0 (Android 16; Mobile)']
const secondsPerDay = 86_400

/** Counts are those of the pages: the seventh field where fields lie between spaces. */
export function makeAccessLog(file: string, lines: number): CountedFile {
  const next = seededBits(20_261_121)
  const names = Array.from({ length: pages }, (_, page) => `/${sections[page % sections.length]}/${((page * 7_919) % 1_000_003).toString(36)}.html`)
  const hits = new Float64Array(pages)
  const bytes = writeLines(file, lines, index => {
    const page = skewed(next() / 2 ** 32)
    hits[page]!++
    return lineOf(index, names[page]!, lines, next)
  })
  const digest = new CountsDigest()
  hits.forEach((count, page) => count > 0 && digest.add(names[page]!, count))
  return { file, bytes, lines, items: lines, distinct: digest.entries, digest }
}

/** The first hundredth of the pages gets a fifth of the hits. */
function skewed(uniform: number): number {
  return Math.floor(pages * uniform ** 3)
}

function lineOf(index: number, page: string, lines: number, next: () => number): string {
  const bits = next()
  const second = Math.floor((index / lines) * secondsPerDay)
  const address = `${(bits & 127) + 1}.${(bits >>> 7) & 255}.${(bits >>> 15) & 255}.${bits >>> 24}`
  return `${address} - - [21/Nov/2026:${timeOf(second)} +0000] "GET ${page} HTTP/1.1" ${statuses[bits % 10]} ${(bits >>> 4) % 90_000} "-" "${browsers[(bits >>> 9) & 3]}"`
}

function timeOf(second: number): string {
  const two = (number: number) => String(number).padStart(2, '0')
  return `${two(Math.floor(second / 3_600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`
}

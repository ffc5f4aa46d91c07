// A run file: sums by key, laid out by section, so that those who merge read only theirs. A section is lines of JSON: arrays of sums, which V8 reads and
// writes faster than anything else that holds all that a sum may hold, then a key in each line, to be compared as bytes.
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import type { RunFile, Section } from '../map-reducer.ts'
import { isPlain, revive, tagged } from '../model/codec.ts'
import { BatchworkError } from '../model/errors.ts'
import { lineBreak, type SectionEntries, type Sections } from './sections.ts'

/** The content of a section. */
export interface Entries {
  readonly bytes: Buffer
  /** Where the keys begin: a line for each sum, in the same order. */
  readonly keysAt: number
  /** Line by line, read when it is asked for. */
  readonly sums: Iterable<readonly unknown[]>
}

/** Sums, and bytes of them, of one line: what is parsed at once. */
const lineSumsMax = 2_000
const lineBytes = 1_000_000
/** Sums of the first line: those after it are made as long as it tells. */
const firstLineSums = 16
/** How lines of sums begin: an array, or an object that holds one where sums are no plain JSON. */
const [arrayMark, objectMark] = [0x5b, 0x7b]
/** Bytes gathered before they are written. */
const writeBytes = 1_000_000
const firstReadBytes = 65_536
/** Files of one reader that are open at once. */
const openMax = 64

/** A run file is damaged, gone or cannot be written. */
export class RunFileError extends BatchworkError {
  constructor(message: string, cause?: unknown) {
    super('RUN_FILE', message, { cause })
  }
}

export class RunWriter {
  readonly #path: string
  readonly #runs: (readonly Section[])[] = []
  #descriptor: number | undefined
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #offset = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Writes one run. Throws CodecError for a sum that cannot be stored. */
  write({ all, count }: Sections): void {
    if (count === 0) return
    this.#runs.push(all.flatMap((entries, number) => (entries.sums.length > 0 ? [this.#section(number, entries)] : [])))
    this.#flush() // the memory of the entries is used again
  }

  /** Makes it durable. Nothing where nothing was written. */
  finish(): RunFile | undefined {
    if (this.#descriptor === undefined) return undefined
    fsyncSync(this.#descriptor)
    this.close()
    syncFolder(dirname(this.#path))
    return { file: basename(this.#path), runs: this.#runs }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #section(number: number, { keys, length, sums }: SectionEntries): Section {
    const offset = this.#offset
    let checksum = 0
    const put = (bytes: Uint8Array) => {
      checksum = crc32(bytes, checksum)
      this.#put(bytes)
    }
    for (let at = 0, count = firstLineSums; at < sums.length;) {
      const line = Buffer.from(lineOf(sums.slice(at, at + count)))
      put(line)
      at += count
      count = Math.max(1, Math.min(lineSumsMax, Math.floor((count * lineBytes) / line.length)))
    }
    put(keys.subarray(0, length))
    return { number, offset, bytes: this.#offset - offset, checksum, entries: sums.length }
  }

  #put(bytes: Uint8Array): void {
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.#offset += bytes.length
    if (this.#waitingBytes >= writeBytes) this.#flush()
  }

  #flush(): void {
    this.#descriptor ??= openSync(this.#path, 'wx')
    const bytes = Buffer.concat(this.#waiting, this.#waitingBytes)
    this.#waiting = []
    this.#waitingBytes = 0
    for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor, bytes, at)
  }
}

/** Reads one section after the other, into the same memory: what it gave before is gone then. To be closed. */
export class SectionReader {
  #memory = Buffer.allocUnsafe(firstReadBytes)
  /** By path: each file is asked for a section after the other. */
  readonly #open = new Map<string, number>()

  /** Throws RunFileError naming file and section before anything of a damaged one is given. */
  read(path: string, section: Section): Entries {
    if (section.bytes > this.#memory.length) this.#memory = Buffer.allocUnsafe(2 * section.bytes)
    const bytes = this.#memory.subarray(0, section.bytes)
    this.#fill(bytes, path, section)
    let keysAt = 0
    while (isLineOfSums(bytes, keysAt)) keysAt = bytes.indexOf(lineBreak, keysAt) + 1
    return { bytes, keysAt, sums: sumsIn(bytes) }
  }

  close(): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor)
    this.#open.clear()
  }

  #fill(bytes: Buffer, path: string, { number, offset, bytes: size, checksum }: Section): void {
    const found = this.#readAt(path, bytes, offset)
    const damage = found < size ? `it ends ${size - found} bytes too early` : crc32(bytes) === checksum ? undefined : 'its checksum differs'
    if (damage) throw new RunFileError(`run file ${path} is damaged: section ${number} at byte ${offset}: ${damage}. Check the disk, and start the run anew (--fresh)`)
  }

  #readAt(path: string, bytes: Buffer, offset: number): number {
    try {
      return readFully(this.#descriptorOf(path), bytes, offset)
    } catch (error) {
      throw new RunFileError(`run file ${path} cannot be read: ${(error as Error).message}. If it is gone, start the run anew (--fresh)`, error)
    }
  }

  #descriptorOf(path: string): number {
    const known = this.#open.get(path)
    if (known !== undefined) return known
    if (this.#open.size === openMax) this.close()
    const descriptor = openSync(path, 'r')
    this.#open.set(path, descriptor)
    return descriptor
  }
}

function* sumsIn(bytes: Buffer): Generator<readonly unknown[]> {
  for (let at = 0; isLineOfSums(bytes, at);) {
    const end = bytes.indexOf(lineBreak, at)
    const found = JSON.parse(bytes.toString('utf8', at, end)) as readonly unknown[] | { readonly tagged: readonly unknown[] }
    yield 'tagged' in found ? found.tagged.map(revive) : found
    at = end + 1
  }
}

function isLineOfSums(bytes: Buffer, at: number): boolean {
  return bytes[at] === arrayMark || bytes[at] === objectMark
}

function readFully(descriptor: number, bytes: Buffer, offset: number): number {
  let found = 0
  while (found < bytes.length) {
    const read = readSync(descriptor, bytes, found, bytes.length - found, offset + found)
    if (read === 0) break
    found += read
  }
  return found
}

export function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function lineOf(sums: readonly unknown[]): string {
  return `${JSON.stringify(sums.every(sum => isPlain(sum)) ? sums : { tagged: sums.map(sum => tagged(sum)) })}\n`
}

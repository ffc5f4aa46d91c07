// A run file: sums by key, laid out by section, so that those who merge read only theirs. A section is lines of JSON, [[keys],[sums]] or with
// tags where a sum is no plain JSON: V8 reads and writes nothing faster than arrays in JSON.
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import type { RunFile, Section } from '../map-reducer.ts'
import { isPlain, revive, tagged } from '../model/codec.ts'
import { BatchworkError } from '../model/errors.ts'
import { hashOf, sectionCount, sectionOf, type RawKey } from './key-hash.ts'

export interface Entries {
  readonly keys: readonly RawKey[]
  readonly sums: readonly unknown[]
}

/** Entries of one line: what is parsed at once. */
const lineEntriesMax = 2_000
/** Bytes gathered before they are written. */
const writeBytes = 1_000_000

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
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #offset = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Writes what a table held. Throws CodecError for a sum that cannot be stored. */
  write(entries: Entries): void {
    if (entries.keys.length === 0) return
    const { order, starts } = bySection(entries.keys)
    const sections: Section[] = []
    for (let number = 0; number < sectionCount; number++) {
      if (starts[number] !== starts[number + 1]) sections.push(this.#section(number, entries, order.subarray(starts[number], starts[number + 1])))
    }
    this.#runs.push(sections)
  }

  /** Makes it durable. Nothing where nothing was written. */
  finish(): RunFile | undefined {
    if (this.#descriptor === undefined && this.#waitingBytes === 0) return undefined
    this.#flush()
    fsyncSync(this.#descriptor!)
    this.close()
    syncFolder(dirname(this.#path))
    return { file: basename(this.#path), runs: this.#runs }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #section(number: number, entries: Entries, indexes: Uint32Array): Section {
    const offset = this.#offset
    let checksum = 0
    for (let at = 0; at < indexes.length; at += lineEntriesMax) {
      const line = Buffer.from(lineOf(entries, indexes.subarray(at, at + lineEntriesMax)))
      checksum = crc32(line, checksum)
      this.#put(line)
    }
    return { number, offset, bytes: this.#offset - offset, checksum, entries: indexes.length }
  }

  #put(line: Buffer): void {
    this.#waiting.push(line)
    this.#waitingBytes += line.length
    this.#offset += line.length
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

/** Reads one section, a line at a time. Throws RunFileError naming file and section before anything of a damaged one is given. */
export function* readSection(path: string, section: Section): Generator<Entries> {
  const bytes = bytesOf(path, section)
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at)
    yield entriesIn(bytes.toString('utf8', at, end))
    at = end + 1
  }
}

function bytesOf(path: string, { number, offset, bytes: size, checksum }: Section): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  const found = readAt(path, bytes, offset)
  const damage = found < size ? `it ends ${size - found} bytes too early` : crc32(bytes) === checksum ? undefined : 'its checksum differs'
  if (damage) throw new RunFileError(`run file ${path} is damaged: section ${number} at byte ${offset}: ${damage}. Check the disk, and start the run anew (--fresh)`)
  return bytes
}

function readAt(path: string, bytes: Buffer, offset: number): number {
  try {
    const descriptor = openSync(path, 'r')
    try {
      return readFully(descriptor, bytes, offset)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw new RunFileError(`run file ${path} cannot be read: ${(error as Error).message}. If it is gone, start the run anew (--fresh)`, error)
  }
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

/** Indexes by section; those of a section in the order in which they came. */
function bySection(keys: readonly RawKey[]): { readonly order: Uint32Array; readonly starts: Uint32Array } {
  const sections = new Uint8Array(keys.length)
  const starts = new Uint32Array(sectionCount + 1)
  for (let index = 0; index < keys.length; index++) starts[(sections[index] = sectionOf(hashOf(keys[index]!))) + 1]!++
  for (let number = 0; number < sectionCount; number++) starts[number + 1]! += starts[number]!
  const next = starts.slice()
  const order = new Uint32Array(keys.length)
  for (let index = 0; index < keys.length; index++) order[next[sections[index]!]!++] = index
  return { order, starts }
}

function lineOf({ keys, sums }: Entries, indexes: Uint32Array): string {
  const linedKeys: RawKey[] = []
  const linedSums: unknown[] = []
  let plain = true
  for (const index of indexes) {
    linedKeys.push(keys[index]!)
    const sum = sums[index]
    linedSums.push(sum)
    plain &&= isPlain(sum)
  }
  return `${JSON.stringify(plain ? [linedKeys, linedSums] : [linedKeys, linedSums.map(sum => tagged(sum)), 'tagged'])}\n`
}

function entriesIn(line: string): Entries {
  const [keys, sums, isTagged] = JSON.parse(line) as readonly [RawKey[], unknown[], string?]
  return { keys, sums: isTagged ? sums.map(revive) : sums }
}

// The place of one command at a time: a private folder for the item and the result, a file for standard error, the environment. Reused,
// because making them costs as much as a tenth of a process. A command finds nothing of the one before it.
import { closeSync, constants, fstatSync, ftruncateSync, mkdirSync, openSync, readdirSync, readSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandEnvironment } from './environment.ts'
import { commandRoot } from './folders.ts'

export const resultBytesMax = 256 * 1_048_576
const tailBytes = 4_096
const errorOutputBytesMax = 1_048_576
const trimEveryMs = 100

const free: Slot[] = []
const busy = new Set<Slot>()
let made = 0
let trimmer: NodeJS.Timeout | undefined

export class Slot {
  readonly environment: Readonly<Record<string, string>>
  /** Standard error is a file: a pipe costs a stream for each item. */
  readonly errorOutputPath: string
  readonly #errorOutput: number
  readonly #folder: string
  readonly #itemPath: string
  readonly #resultPath: string
  #trimmed = ''

  constructor(name: string) {
    const root = commandRoot()
    this.#folder = join(root, name)
    this.#itemPath = join(this.#folder, 'item')
    this.#resultPath = join(this.#folder, 'result')
    mkdirSync(this.#folder, { mode: 0o700 })
    this.errorOutputPath = join(root, `${name}.stderr`)
    this.#errorOutput = openSync(this.errorOutputPath, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL, 0o600)
    this.environment = { ...commandEnvironment(), WORK_ITEM_FILE: this.#itemPath, WORK_RESULT_FILE: this.#resultPath }
  }

  writeItem(item: string | Uint8Array): void {
    writeFileSync(this.#itemPath, item, { flag: 'wx', mode: 0o600 })
  }

  /** Undefined when absent or empty. Links are not followed, and a pipe is not waited for. */
  readResult(): Buffer | undefined {
    const descriptor = openResult(this.#resultPath)
    if (descriptor === undefined) return undefined
    try {
      const stat = fstatSync(descriptor)
      if (!stat.isFile()) throw new NoResultFileError()
      if (stat.size > resultBytesMax) throw new Error(`the command left a result of ${stat.size} bytes, but at most ${resultBytesMax} are allowed; leave a path or address instead`)
      return stat.size === 0 ? undefined : readStart(descriptor, stat.size)
    } finally {
      closeSync(descriptor)
    }
  }

  /** The end of what was written to standard error. */
  readErrorTail(): string {
    const { size } = fstatSync(this.#errorOutput)
    const buffer = Buffer.alloc(Math.min(size, tailBytes))
    readSync(this.#errorOutput, buffer, 0, buffer.length, size - buffer.length)
    return (this.#trimmed + buffer.toString()).slice(-tailBytes)
  }

  /** A command that writes without end does not fill the disk. */
  trimErrorOutput(): void {
    if (fstatSync(this.#errorOutput).size <= errorOutputBytesMax) return
    this.#trimmed = this.readErrorTail()
    ftruncateSync(this.#errorOutput, 0)
  }

  empty(): void {
    if (fstatSync(this.#errorOutput).size > 0) ftruncateSync(this.#errorOutput, 0)
    this.#trimmed = ''
    for (const name of readdirSync(this.#folder)) {
      if (name === 'item') unlink(this.#itemPath)
      else rmSync(join(this.#folder, name), { recursive: true, force: true })
    }
  }

  discard(): void {
    closeSync(this.#errorOutput)
    try {
      rmSync(this.#folder, { recursive: true, force: true })
    } catch {
      // The command took our rights to its folder; what it did with its item stands.
    }
  }
}

export function takeSlot(): Slot {
  const slot = free.pop() ?? new Slot(String(made++))
  busy.add(slot)
  trimmer ??= setInterval(trim, trimEveryMs).unref()
  return slot
}

export function giveBack(slot: Slot): void {
  busy.delete(slot)
  try {
    slot.empty()
    free.push(slot)
  } catch {
    slot.discard()
  }
}

function trim(): void {
  for (const slot of busy) slot.trimErrorOutput()
  if (busy.size > 0) return
  clearInterval(trimmer)
  trimmer = undefined
}

class NoResultFileError extends Error {
  constructor() {
    super('the command left something in WORK_RESULT_FILE that is not a file; write the result into it')
  }
}

// What the command started and did not end may change the file while it is looked at: it is opened once, and that is looked at.
function openResult(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    // A link, or a socket.
    throw code === 'ELOOP' || code === 'ENXIO' ? new NoResultFileError() : error
  }
}

/** No more than was there when it was measured. */
function readStart(descriptor: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  let at = 0
  for (let read = 1; read > 0 && at < bytes; at += read) read = readSync(descriptor, buffer, at, bytes - at, at)
  return buffer.subarray(0, at)
}

// A directory in the item's place is the command's doing.
function unlink(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    rmSync(path, { recursive: true, force: true })
  }
}

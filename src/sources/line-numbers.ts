// Which line a byte is in: line breaks are counted up to it. Each byte of a file is counted once, as counts are kept at marks; nothing is
// read before someone asks.
import { closeSync, openSync, readSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { LineBreakCounter } from './counting/line-breaks.ts'
import type { FilePart } from './file-part.ts'

/** Between the marks at which counts are kept; also read at once. */
const markBytes = 1024 * 1024
/** Files whose counts are kept. */
const filesMax = 1_000

/** One for a source, which is one for a process. */
export class LineNumbers {
  readonly #files = new Map<string, FileLines>()

  /** Lines before the first that begins in the part. Blocks the process for a while. */
  before({ file, from, linesBefore }: FilePart): number {
    return linesBefore ?? this.#of(file).begunBefore(from)
  }

  in(part: FilePart): PartLines {
    return new PartLines(part.file, () => this.before(part))
  }

  /** The number, from 1, of the line that holds this byte. Blocks the process for a while. */
  at(file: string, byte: number): number {
    return this.#of(file).breaksBefore(byte) + 1
  }

  /** Completes a part, with pauses for others. */
  async locate(part: FilePart): Promise<FilePart> {
    if (part.linesBefore !== undefined) return part
    const lines = this.#of(part.file)
    while (!lines.isCounted(part.from)) {
      lines.countOn()
      await setImmediate()
    }
    return { ...part, linesBefore: this.before(part) }
  }

  #of(file: string): FileLines {
    const known = this.#files.get(file)
    if (known) return known
    if (this.#files.size >= filesMax) this.#files.delete(this.#files.keys().next().value!)
    const lines = new FileLines(file)
    this.#files.set(file, lines)
    return lines
  }
}

/** Of all files, as it is filled and counted in one turn. Made when it is first needed. */
let counter: LineBreakCounter | undefined

class FileLines {
  readonly #file: string
  /** Line breaks before byte index * markBytes. */
  readonly #marks = [0]

  constructor(file: string) {
    this.#file = file
  }

  isCounted(byte: number): boolean {
    return byte < this.#marks.length * markBytes
  }

  countOn(): void {
    const mark = this.#marks.length - 1
    this.#marks.push(this.#marks[mark]! + this.#count(mark * markBytes, markBytes))
  }

  breaksBefore(byte: number): number {
    while (!this.isCounted(byte)) this.countOn()
    const mark = Math.floor(byte / markBytes)
    return this.#marks[mark]! + this.#count(mark * markBytes, byte - mark * markBytes)
  }

  /** What begins at or after `byte` has the line break at or after the byte before it in front. */
  begunBefore(byte: number): number {
    return byte === 0 ? 0 : this.breaksBefore(byte - 1) + 1
  }

  #count(from: number, bytes: number): number {
    if (bytes === 0) return 0
    const descriptor = openSync(this.#file, 'r')
    try {
      counter ??= new LineBreakCounter(markBytes)
      return counter.count(readSync(descriptor, counter.memory, 0, bytes, from))
    } finally {
      closeSync(descriptor)
    }
  }
}

/** Numbers of the lines in one part, where the first is 1. */
export class PartLines {
  readonly file: string
  /** Of an origin, before the number. */
  readonly prefix: string
  readonly #countBefore: () => number
  #before: number | undefined

  /** `countBefore`, the lines before the part, is called once, when someone asks for a number. */
  constructor(file: string, countBefore: () => number) {
    this.file = file
    this.prefix = `${file}:`
    this.#countBefore = countBefore
  }

  numberOf(line: number): number {
    this.#before ??= this.#countBefore()
    return this.#before + line
  }

  originOf(line: number): string {
    return `${this.prefix}${this.numberOf(line)}`
  }
}

// Cuts blocks of bytes into lines, wherever the blocks begin and end. A line is decoded on its own, not as a slice of its block: a slice
// that someone keeps, as a key in a table, would keep the whole block in memory.
import { carriageReturn, lineFeed, lineRecords } from './records.ts'
import { tooLong } from './source-error.ts'

/** `line` counts from 1 where cutting began at 0; `end` is the offset of the byte after the line and its line break. */
export type OnLine = (text: string, line: number, end: number) => void

export class LineCutter {
  readonly #file: string
  readonly #onLine: OnLine
  #carried: Buffer[] = []
  #carriedBytes = 0
  /** Where the next line begins. */
  #byte: number
  /** The number of the line before it. */
  #line: number

  constructor(file: string, byte: number, line: number, onLine: OnLine) {
    this.#file = file
    this.#byte = byte
    this.#line = line
    this.#onLine = onLine
  }

  cut(block: Buffer): void {
    let start = 0
    if (this.#carriedBytes > 0) {
      start = block.indexOf(lineFeed) + 1
      this.#carry(start > 0 ? block.subarray(0, start) : block)
      if (start === 0) return
      this.#cutCarried()
    }
    for (let end = block.indexOf(lineFeed, start); end !== -1; end = block.indexOf(lineFeed, start)) {
      this.#give(block, start, end, end + 1 - start)
      start = end + 1
    }
    if (start < block.length) this.#carry(block.subarray(start))
  }

  /** The last line may lack its line break. */
  end(): void {
    if (this.#carriedBytes > 0) this.#cutCarried()
  }

  /** Copied: a block's memory is used again. */
  #carry(bytes: Buffer): void {
    this.#carriedBytes += bytes.length
    if (this.#carriedBytes > lineRecords.bytesMax) throw tooLong(this.#file, lineRecords, this.#byte)
    this.#carried.push(Buffer.from(bytes))
  }

  #cutCarried(): void {
    const whole = this.#carried.length === 1 ? this.#carried[0]! : Buffer.concat(this.#carried)
    this.#carried = []
    this.#carriedBytes = 0
    this.#give(whole, 0, whole.at(-1) === lineFeed ? whole.length - 1 : whole.length, whole.length)
  }

  #give(bytes: Buffer, start: number, end: number, length: number): void {
    const textEnd = end > start && bytes[end - 1] === carriageReturn ? end - 1 : end
    let text = bytes.toString('utf8', start, textEnd)
    if (this.#byte === 0 && text.charCodeAt(0) === 0xfeff) text = text.slice(1)
    this.#byte += length
    this.#line++
    this.#onLine(text, this.#line, this.#byte)
  }
}

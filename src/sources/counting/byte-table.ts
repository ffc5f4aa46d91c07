// Counts equal byte strings without decoding them. The one thing to know: it is bounded. When it refuses a key, what was counted is taken out
// with `drain`, and counting begins anew.
import { lineFeed } from '../records.ts'
import { instantiate, ModuleBuilder, type ExportedVariable } from '../webassembly/module.ts'
import { writeCountFields } from './field-code.ts'
import {
  arenaAt, entriesAt, entryBytes, inputAt, inputBytesMax, keysMax, linesAt, memoryBytes, scannedBytes, slotsAt, slotsEnd, timesOffset, wantedAt,
} from './layout.ts'
import { writeTable } from './table-code.ts'
import { writeCountWords } from './word-code.ts'

export interface CountedTexts {
  readonly texts: readonly string[]
  readonly times: Int32Array
  /** The number, from 1, of the line of each first appearance. */
  readonly lines: Float64Array
}

interface Exports {
  readonly arenaEnd: ExportedVariable
  readonly keys: ExportedVariable
  readonly line: ExportedVariable
  readonly counted: ExportedVariable
  lineAt(at: number): number
  countWords(start: number, end: number): number
  countFields(start: number, end: number, separator: number, wantedEnd: number): number
}

/** Decoded in one call. A larger text would not live in V8's young generation. */
const runBytes = 64 * 1024
/** After so many bytes the table is emptied: no key can have come more often than 32 bits tell. */
const countedBytesMax = 2 ** 30

/** Compiled when first used, once for a thread. */
let compiled: ReturnType<ModuleBuilder['compile']> | undefined
/** Tables that are used again: a new one for each part of a file would be megabytes to make and collect. */
const idle: ByteTable[] = []
const idleMax = 2

export class ByteTable {
  readonly #code = instantiate<Exports>(compiled ??= compile())
  readonly #bytes = Buffer.from(this.#code.memory.buffer)
  readonly #numbers = new Int32Array(this.#code.memory.buffer)
  readonly #lines = new Float64Array(this.#code.memory.buffer, linesAt, keysMax)
  #inputEnd = inputAt
  #bytesSinceDrained = 0
  #separator = 0
  #wantedEnd = wantedAt

  /** An empty one, to be given back. */
  static take(): ByteTable {
    return idle.pop() ?? new ByteTable()
  }

  giveBack(): void {
    this.#clear()
    this.#code.line.value = 1
    this.#code.counted.value = this.#inputEnd = inputAt
    if (idle.length < idleMax) idle.push(this)
  }

  /** What is counted from now on, after what was before: whole words or lines. */
  load(bytes: Uint8Array): void {
    if (bytes.length > inputBytesMax) throw new Error(`ByteTable: ${bytes.length} bytes were given at once; expected at most ${inputBytesMax}. This is a bug of Batchwork: please report it`)
    this.lineAt(this.#inputEnd - inputAt)
    this.#code.counted.value = inputAt
    this.#bytes.set(bytes, inputAt)
    this.#inputEnd = inputAt + bytes.length
    this.#bytesSinceDrained += bytes.length
    this.#bytes.fill(lineFeed, this.#inputEnd, this.#inputEnd + scannedBytes)
  }

  /** Counts the words from this index on; gives the index of the first that found no room, or that of the end. */
  countWords(from: number): number {
    if (this.#isDue) return from
    return this.#code.countWords(inputAt + from, this.#inputEnd) - inputAt
  }

  /** Which fields `countFields` looks for, ascending, and the byte between two fields. */
  wantFields(separator: number, indexes: readonly number[]): void {
    this.#numbers.set(indexes, wantedAt / 4)
    this.#wantedEnd = wantedAt + 4 * indexes.length
    this.#separator = separator
  }

  /** The same by the line. The complement of an index is that of a line with too few fields, which was not counted; empty lines are passed over. */
  countFields(from: number): number {
    if (this.#isDue) return from
    const reached = this.#code.countFields(inputAt + from, this.#inputEnd, this.#separator, this.#wantedEnd)
    return reached < 0 ? ~(~reached - inputAt) : reached - inputAt
  }

  /** The number, from 1, of the line that this index is in. May not go back behind what was counted. */
  lineAt(index: number): number {
    return this.#code.lineAt(inputAt + index)
  }

  /** All keys in the order of their first appearance, in runs that are decoded together; afterwards the table is empty. */
  *drain(): Generator<CountedTexts> {
    const arenaEnd = this.#code.arenaEnd.value
    let key = 0
    for (let start = arenaAt; start < arenaEnd;) {
      const end = this.#runEnd(start, arenaEnd)
      const texts = this.#bytes.toString('utf8', start, end - 1).split('\n')
      const to = key + texts.length
      yield { texts, times: this.#timesOf(key, to), lines: this.#lines.slice(key, to) }
      start = end
      key = to
    }
    this.#clear()
  }

  get #isDue(): boolean {
    return this.#bytesSinceDrained > countedBytesMax
  }

  #timesOf(from: number, to: number): Int32Array {
    const times = new Int32Array(to - from)
    for (let key = from; key < to; key++) times[key - from] = this.#numbers[(entriesAt + key * entryBytes + timesOffset) / 4]!
    return times
  }

  #clear(): void {
    this.#numbers.fill(0, slotsAt / 4, slotsEnd / 4)
    this.#code.keys.value = this.#bytesSinceDrained = 0
    this.#code.arenaEnd.value = arenaAt
  }

  #runEnd(start: number, arenaEnd: number): number {
    const window = Math.min(start + runBytes, arenaEnd)
    const end = this.#bytes.subarray(start, window).lastIndexOf(lineFeed) + 1
    return end > 0 ? start + end : this.#bytes.indexOf(lineFeed, window) + 1
  }
}

function compile() {
  const module = new ModuleBuilder(memoryBytes)
  const add = writeTable(module)
  writeCountWords(module, add)
  writeCountFields(module, add)
  return module.compile()
}

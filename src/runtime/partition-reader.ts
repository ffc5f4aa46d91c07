// Reads one partition ahead of its consumer and keeps the consumer's progress in it: a low-water mark, what is done above it, and the
// end records seen.
import type { Log, PartitionId, Progress, StoredChunk } from '../log.ts'
import { endOf } from '../model/items.ts'
import { addRange, advance, covers, type Range } from '../model/ranges.ts'

/** Chunks and bytes read ahead of their use. */
const chunksAhead = 24
const bytesAhead = 4_000_000

interface Note {
  /** Round in which each producer's end was seen. */
  readonly ends?: Readonly<Record<string, number>> | undefined
}

export interface PartitionReaderOptions {
  readonly log: Log
  readonly partition: PartitionId
  readonly subscription: string
  readonly progress: Progress | undefined
  /** A bounded read of a topic that others write to stops here. */
  readonly until?: number | undefined
  /** Where the partition ends as long as nothing is appended. Undefined: nobody knows before it is read. */
  readonly end?: number | undefined
  readonly onChunk: () => void
  readonly onError: (error: unknown) => void
}

export class PartitionReader {
  readonly #options: PartitionReaderOptions
  readonly #done: Range[]
  readonly #ends: Record<string, number>
  readonly #buffer: StoredChunk[] = []
  #mark: number
  #cursor: number
  #isReading = false
  #isDirty = false
  /** Whether it has come to the end and nothing was appended since. */
  #isAtEnd = false

  constructor(options: PartitionReaderOptions) {
    this.#options = options
    this.#mark = this.#cursor = options.progress?.mark ?? 0
    this.#isAtEnd = options.end !== undefined && this.#cursor >= options.end
    this.#done = [...(options.progress?.done ?? [])]
    this.#ends = { ...(JSON.parse(options.progress?.note ?? '{}') as Note).ends }
  }

  get mark(): number {
    return this.#mark
  }

  /** Nothing buffered, nothing to be read that is known of. */
  get isDrained(): boolean {
    return this.#buffer.length === 0 && !this.#isReading && (this.#isAtEnd || this.#isPastLimit)
  }

  hasEnd(producer: string, round: number): boolean {
    return (this.#ends[producer] ?? 0) >= round
  }

  /** Something was appended. */
  poke(): void {
    this.#isAtEnd = false
  }

  fill(): void {
    if (this.#isReading || this.#isAtEnd || this.#isPastLimit || this.#buffer.length > chunksAhead / 2) return
    this.#isReading = true
    this.#isAtEnd = true // unless poked meanwhile, or something is found
    this.#options.log.read(this.#options.partition, this.#cursor, { chunks: chunksAhead, bytes: bytesAhead }).then(
      chunks => this.#received(chunks),
      error => this.#options.onError(error),
    )
  }

  /** The next chunk, with the offsets in it that were done before. */
  take(): { readonly chunk: StoredChunk; readonly skip: ((item: number) => boolean) | undefined } | undefined {
    const chunk = this.#buffer.shift()
    if (!chunk) return undefined
    const isPartlyDone = chunk.offset < this.#mark || this.#done.some(([from, to]) => from < chunk.offset + chunk.count && to > chunk.offset)
    const done = [...this.#done]
    const mark = this.#mark
    return { chunk, skip: isPartlyDone ? item => chunk.offset + item < mark || covers(done, chunk.offset + item) : undefined }
  }

  complete(from: number, to: number): void {
    addRange(this.#done, from, to)
    this.#mark = advance(this.#mark, this.#done)
    this.#isDirty = true
  }

  /** The progress to be committed, if it changed since the last time. */
  takeProgress(): Progress | undefined {
    if (!this.#isDirty) return undefined
    this.#isDirty = false
    const { partition, subscription } = this.#options
    const note: Note = { ends: Object.keys(this.#ends).length > 0 ? this.#ends : undefined }
    return { ...partition, subscription, mark: this.#mark, done: [...this.#done], note: JSON.stringify(note) }
  }

  get #isPastLimit(): boolean {
    return this.#options.until !== undefined && this.#cursor >= this.#options.until
  }

  #received(chunks: readonly StoredChunk[]): void {
    this.#isReading = false
    for (const chunk of chunks) {
      if (chunk.offset >= (this.#options.until ?? Infinity)) {
        this.#passGap(this.#options.until!)
        break
      }
      this.#accept(chunk)
    }
    if (chunks.length > 0) this.#isAtEnd = false
    this.#options.onChunk()
  }

  /** What lies between two chunks holds no items. */
  #passGap(to: number): void {
    if (to > this.#cursor) this.complete(this.#cursor, to)
    this.#cursor = Math.max(this.#cursor, to)
  }

  #accept(chunk: StoredChunk): void {
    this.#passGap(chunk.offset)
    if (chunk.next > chunk.offset + chunk.count) this.complete(chunk.offset + chunk.count, chunk.next)
    this.#cursor = chunk.next
    const end = endOf(chunk)
    if (!end) return void this.#buffer.push(chunk)
    this.#ends[end.producer] = Math.max(end.round, this.#ends[end.producer] ?? 0)
    this.complete(chunk.offset, chunk.next)
  }
}

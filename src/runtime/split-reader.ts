// Reads one split of a source ahead of its consumer, and knows the position to go on from: the source's own, after the last item of
// which everything before is done too.
import type { Clock } from '../clock.ts'
import { chunkItemsMax } from '../model/items.ts'
import { addRange, advance, covers, type Range } from '../model/ranges.ts'
import { inChunks, inColumns, placedOf, type Placed } from './placed.ts'
import type { Source, SourceContext, SourceItem, Split } from '../source.ts'

/** Chunks of one split in memory, not yet taken. */
const chunksAhead = 4
/** A slow source's items go on when they have waited this long. */
const gatherMs = 20

export interface SplitProgress {
  /** Items before this ordinal are done. */
  readonly mark: number
  /** The source's position after the item before `mark`. */
  readonly position?: unknown
  readonly done: readonly Range[]
}

export interface SplitChunk {
  /** Ordinal of the first item within the split. */
  readonly first: number
  readonly placed: Placed
  readonly skip: ((item: number) => boolean) | undefined
}

interface TakenChunk {
  readonly first: number
  readonly to: number
  readonly positionOf: Placed['positionOf']
}

export interface SplitReaderOptions {
  readonly source: Source<unknown>
  readonly split: Split
  readonly progress: SplitProgress | undefined
  readonly context: SourceContext
  readonly clock: Clock
  readonly wake: () => void
  readonly onError: (error: unknown) => void
}

export class SplitReader {
  readonly #options: SplitReaderOptions
  readonly #done: Range[]
  /** Positions alone: the items are not kept. */
  readonly #taken: TakenChunk[] = []
  readonly #buffer: SplitChunk[] = []
  #mark: number
  #position: unknown
  #next: number
  /** Ordinal after the last item taken. */
  #takenTo: number
  #isRead = false
  #isDirty = false
  #resume: (() => void) | undefined

  constructor(options: SplitReaderOptions) {
    this.#options = options
    const { mark = 0, position, done = [] } = options.progress ?? {}
    this.#mark = this.#next = this.#takenTo = mark
    this.#position = position
    this.#done = [...done]
    this.#run().catch(options.onError)
  }

  get split(): Split {
    return this.#options.split
  }

  /** Read to its end, and nothing of it left to take. */
  get isTaken(): boolean {
    return this.#isRead && this.#buffer.length === 0
  }

  /** Read to its end, and all of it done. */
  get isDone(): boolean {
    return this.#isRead && this.#mark === this.#next
  }

  take(): SplitChunk | undefined {
    const chunk = this.#buffer.shift()
    this.#resume?.()
    if (!chunk) return undefined
    const { first, placed: { values, positionOf } } = chunk
    this.#takenTo = first + values.length
    this.#taken.push({ first, to: this.#takenTo, positionOf })
    this.#advance()
    return chunk
  }

  complete(from: number, to: number): void {
    addRange(this.#done, from, to)
    this.#isDirty = true
    this.#advance()
  }

  takeProgress(): SplitProgress | undefined {
    if (!this.#isDirty) return undefined
    this.#isDirty = false
    return { mark: this.#mark, position: this.#position, done: [...this.#done] }
  }

  async #run(): Promise<void> {
    const { source, context, progress } = this.#options
    const split = await source.locate?.(this.split, context) ?? this.split
    for await (const placed of chunksOf(source, split, progress?.position, context, this.#options.clock)) {
      this.#add(placed)
      if (this.#buffer.length >= chunksAhead) await this.#room()
      if (context.signal.aborted) return
    }
    this.#isRead = true
    this.#options.wake()
  }

  #add(placed: Placed): void {
    const first = this.#next
    this.#next += placed.values.length
    const done = [...this.#done]
    const skip = done.some(([from, to]) => from < this.#next && to > first) ? (item: number) => covers(done, first + item) : undefined
    this.#buffer.push({ first, placed, skip })
    this.#options.wake()
  }

  /** What was done before a restart lies above the mark: the mark does not pass what was not taken, or its position would not be known. */
  #advance(): void {
    const mark = advance(this.#mark, this.#done)
    if (mark > this.#takenTo) addRange(this.#done, this.#takenTo, mark)
    this.#mark = Math.min(mark, this.#takenTo)
    while (this.#taken.length > 0 && this.#taken[0]!.to <= this.#mark) this.#position = lastPosition(this.#taken.shift()!)
    const current = this.#taken[0]
    if (current && this.#mark > current.first) this.#position = current.positionOf(this.#mark - current.first - 1)
  }

  #room(): Promise<void> {
    return new Promise(resolve => {
      this.#resume = () => {
        if (this.#buffer.length >= chunksAhead) return
        this.#resume = undefined
        resolve()
      }
    })
  }
}

function lastPosition({ first, to, positionOf }: TakenChunk): unknown {
  return positionOf(to - first - 1)
}

async function* chunksOf(source: Source<unknown>, split: Split, from: unknown, context: SourceContext, clock: Clock): AsyncGenerator<Placed> {
  if (source.readPlaced) for await (const items of source.readPlaced(split, from, context)) yield* inColumns(items)
  else if (source.readChunks) for await (const items of source.readChunks(split, from, context)) yield* inChunks(items)
  else for await (const items of gathered(source.read(split, from, context), clock)) yield placedOf(items)
}

/** Items that come quickly a thousand at a time, slow ones after 20 ms. */
async function* gathered(items: AsyncIterable<SourceItem<unknown>>, clock: Clock): AsyncGenerator<readonly SourceItem<unknown>[]> {
  const iterator = items[Symbol.asyncIterator]()
  let gathering: SourceItem<unknown>[] = []
  try {
    for (;;) {
      const next = iterator.next()
      if (gathering.length > 0 && !(await arrivesWithin(next, clock))) {
        yield gathering
        gathering = []
      }
      const { value, done } = await next
      if (done) break
      if (gathering.push(value) < chunkItemsMax) continue
      yield gathering
      gathering = []
    }
    if (gathering.length > 0) yield gathering
  } finally {
    await iterator.return?.()
  }
}

function arrivesWithin(next: Promise<unknown>, clock: Clock): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(gatherMs, () => resolve(false))
    const settle = () => {
      timer.cancel()
      resolve(true)
    }
    next.then(settle, error => {
      timer.cancel()
      reject(error)
    })
  })
}

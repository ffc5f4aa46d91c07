// Values at hand as a source. The one thing to know: a restart takes them from the beginning and passes over as many as it had.
import { OptionError } from '../model/errors.ts'
import type { Source, SourceContext, SourceItem, Split } from '../source.ts'
import { ChunkedSource, itemsAtOnceMax } from './chunked-source.ts'
import { checkReadable } from './options.ts'
import { SourceError } from './source-error.ts'

/**
 * The values of an array, or of anything that can be iterated. They have to be the same, in the same order, when the pipeline is started
 * again. An iterator that can be read only once (a generator already started) throws SourceError at the second reading.
 *
 *     flow.source('cities', items(['Oslo', 'Lima']))
 */
export function items<T>(values: Iterable<T> | AsyncIterable<T>): Source<T> {
  checkReadable('items: the values', values)
  const iterable = values as Partial<Iterable<T> & AsyncIterable<T>> | null | undefined
  if (typeof iterable?.[Symbol.iterator] !== 'function' && typeof iterable?.[Symbol.asyncIterator] !== 'function') {
    throw new OptionError('items: the values', values, 'an array, or another iterable or async iterable')
  }
  return new ItemsSource(values)
}

class ItemsSource<T> extends ChunkedSource<T> {
  readonly #values: Iterable<T> | AsyncIterable<T>
  #isSpent = false

  constructor(values: Iterable<T> | AsyncIterable<T>) {
    super()
    this.#values = values
  }

  splits(): readonly Split[] {
    return [{ id: 'all' }]
  }

  sizeOf(_split: Split, position?: unknown): number | undefined {
    if (position !== undefined) return position as number
    return Array.isArray(this.#values) ? this.#values.length : undefined
  }

  readChunks(_split: Split, from: unknown, context: SourceContext): AsyncGenerator<readonly SourceItem<T>[]> {
    const done = (from ?? 0) as number
    return Array.isArray(this.#values) ? readArray(this.#values, done) : this.#readOnce(done, context)
  }

  async *#readOnce(done: number, context: SourceContext): AsyncGenerator<readonly SourceItem<T>[]> {
    const iterator = 'next' in this.#values
    if (iterator && this.#isSpent) {
      throw new SourceError('items: this iterator was read before and can be read only once; give an array, or an object whose [Symbol.iterator]() begins anew')
    }
    this.#isSpent = true
    const isAsync = Symbol.asyncIterator in this.#values
    let chunk: SourceItem<T>[] = []
    let count = 0
    for await (const item of this.#values) {
      context.signal.throwIfAborted()
      if (++count <= done) continue
      chunk.push({ item, position: count, origin: `item ${count}` })
      // A slow asynchronous iterable must not hold back what it gave already.
      if (isAsync || chunk.length === itemsAtOnceMax) {
        yield chunk
        chunk = []
      }
    }
    if (chunk.length > 0) yield chunk
  }
}

async function* readArray<T>(values: readonly T[], done: number): AsyncGenerator<readonly SourceItem<T>[]> {
  for (let from = done; from < values.length; from += itemsAtOnceMax) {
    yield values.slice(from, from + itemsAtOnceMax).map((item, index) => ({ item, position: from + index + 1, origin: `item ${from + index + 1}` }))
  }
}

// What the sources and topics of a pipeline give in a trial, in place of files, tables and what applications publish.
import { BatchworkError } from '../model/errors.ts'
import type { Source, SourceContext, Split } from '../source.ts'
import { isTopic, type Topic } from '../pipeline/topic.ts'

export interface Given {
  readonly name: string
}

export interface GivenItems extends Given {
  readonly items: readonly unknown[]
  /** Of a source. Default: one. */
  readonly splits?: GivenSplits | undefined
}

/** The parts a source's items are given in; those of one group follow each other. */
export interface GivenSplits {
  readonly count: number
  readonly isGrouped: boolean
}

/**
 * Items for a topic, by its handle, or for a source or topic of that name. What is given to a topic is published: checked by its schema,
 * and dropped where its id was there already. Throws BatchworkError.
 *
 *     await trial(pipeline, { given: [given('photos', [{ path: 'a.jpg' }]), given(orders, [{ id: 7 }])] })
 */
export function given<T, I>(topic: Topic<T, I>, items: readonly NoInfer<I>[]): Given
export function given(source: string, items: readonly unknown[]): Given
export function given(to: Topic<any, any> | string, items: readonly unknown[]): Given {
  if (typeof to !== 'string' && !isTopic(to)) throw new BatchworkError('OPTION', "given() needs a topic, or the name of a source, as its first argument: given('photos', [...])")
  const name = typeof to === 'string' ? to : to.name
  if (!Array.isArray(items)) throw new BatchworkError('OPTION', `given('${name}') needs a list of items as its second argument`)
  const made: GivenItems = { name, items: [...items] }
  return made
}

/** A source of these items, `chunkSize` at a time. */
export function sourceOf(items: readonly unknown[], chunkSize: number, { count, isGrouped }: GivenSplits = { count: 1, isGrouped: true }): Source<unknown> {
  const startOf = (split: number) => Math.floor((items.length * split) / count)
  const from = ({ data }: Split, position: unknown) => (position as number | undefined) ?? startOf(data as number)
  const to = ({ data }: Split) => startOf(data as number + 1)
  const at = (index: number) => ({ item: items[index], position: index + 1 })
  return {
    splits: () => Array.from({ length: count }, (_, split) => ({ id: `given ${split}`, data: split, ...(isGrouped && { group: 'given' }) })),
    async *read(split, position) {
      for (let index = from(split, position); index < to(split); index++) yield at(index)
    },
    async *readChunks(split, position) {
      for (let index = from(split, position); index < to(split); index += chunkSize) {
        yield Array.from({ length: Math.min(chunkSize, to(split) - index) }, (_, offset) => at(index + offset))
      }
    },
  }
}

/** A source that is really read: `hold` keeps the clock from jumping meanwhile. */
export function heldSource(source: Source<unknown>, hold: () => () => void): Source<unknown> {
  const held = <T>(items: AsyncIterable<T> | Iterable<T>) => heldItems(items, hold)
  return {
    splits: context => held(source.splits(context)),
    read: (split, from, context) => held(source.read(split, from, context)),
    ...(source.readChunks && { readChunks: (split: Split, from: unknown, context: SourceContext) => held(source.readChunks!(split, from, context)) }),
  }
}

async function* heldItems<T>(items: AsyncIterable<T> | Iterable<T>, hold: () => () => void): AsyncGenerator<T> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  try {
    for (;;) {
      const release = hold()
      const next = await Promise.resolve(iterator.next()).finally(release)
      if (next.done) return
      yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}

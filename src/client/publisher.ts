// Appends items to topics. Many callers' single items become one chunk: while one append is on its way the next gathers.
import type { Appended, Log } from '../log.ts'
import type { EncodedChunk } from '../model/chunk.ts'
import { BatchworkError } from '../model/errors.ts'
import { chunkBytesMax, chunkItemsMax, encodeItems, type Items, type Layout } from '../model/items.ts'
import { Names } from '../model/names.ts'
import type { Priority } from '../model/values.ts'
import { readTopic, type Topic } from '../pipeline/topic.ts'
import { levels } from '../plan/plan.ts'
import { addressed, conformed, idHorizonMs } from '../runtime/address.ts'
import { partOfKey } from '../policies/sharding.ts'
import { keepingSubscription } from '../runtime/names.ts'
import { keyText } from '../runtime/operators.ts'

export interface PublishOptions {
  /** Same id, same item: dropped when it was published within a day. Default: the topic's `id`, else an id of its own. */
  readonly id?: string | undefined
  /** Default 'normal'. */
  readonly priority?: Priority | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Aborted before the item is on its way, it is not published. */
  readonly signal?: AbortSignal | undefined
}

export interface Receipt {
  readonly id: string
  /** It was there already; nothing was appended. */
  readonly duplicate: boolean
}

interface Pending {
  readonly value: unknown
  readonly options: PublishOptions
  readonly part: number
  readonly resolve: (receipt: Receipt) => void
  readonly reject: (error: unknown) => void
}

/** Appends on their way at once, in publishAll. */
const appendsAhead = 8

export class Publisher {
  readonly #log: Log
  /** By topic: how many parts it has. */
  readonly #known = new Map<string, Promise<number>>()
  #turn = 0
  readonly #queues = new Map<string, Pending[]>()
  readonly #busy = new Set<string>()

  constructor(log: Log) {
    this.#log = log
  }

  async publish(topic: Topic<any, any>, item: unknown, options: PublishOptions = {}): Promise<Receipt> {
    const [value] = conformed(checkedTopic(topic), [item])
    options.signal?.throwIfAborted()
    const parts = await this.#make(topic)
    return new Promise((resolve, reject) => {
      const part = this.#partOf(topic, value, parts)
      const key = queueKey(topic, options, part)
      const queue = this.#queues.get(key) ?? []
      this.#queues.set(key, queue)
      queue.push({ value, options, part, resolve, reject })
      if (!this.#busy.has(key)) void this.#drain(topic, key)
    })
  }

  async publishAll(topic: Topic<any, any>, items: Iterable<unknown> | AsyncIterable<unknown>): Promise<{ readonly accepted: number; readonly duplicates: number }> {
    checkedTopic(topic)
    const parts = await this.#make(topic)
    const totals = { accepted: 0, duplicates: 0 }
    const underWay: Promise<void>[] = []
    // Not async, which would keep the values of each append that is on its way, for the collector to copy.
    const send = (values: readonly unknown[]): Promise<void> => {
      const count = values.length
      const appended = Array.from(this.#byPart(topic, conformed(topic, values), parts), ([part, some]) => this.#appendAll(topic, some, part))
      return Promise.all(appended).then(duplicates => {
        const dropped = duplicates.reduce((sum, each) => sum + each, 0)
        totals.duplicates += dropped
        totals.accepted += count - dropped
      })
    }
    // As many as fill a chunk of each part: neighbours stay together, and no part is left out.
    for await (const values of gathered(items, chunkItemsMax * parts)) {
      const sent = send(values)
      sent.catch(() => {}) // told of when its turn comes, or of one before it
      underWay.push(sent)
      if (underWay.length >= Math.max(1, appendsAhead / parts)) await underWay.shift()
    }
    await Promise.all(underWay)
    return totals
  }

  #byPart(topic: Topic<any, any>, values: readonly unknown[], parts: number): Map<number, unknown[]> {
    if (parts === 1) return new Map([[0, values as unknown[]]])
    const byPart = new Map<number, unknown[]>()
    values.forEach((value, index) => {
      const part = this.#partOf(topic, value, parts, Math.floor((index * parts) / values.length))
      const some = byPart.get(part)
      if (some) some.push(value)
      else byPart.set(part, [value])
    })
    return byPart
  }

  async #drain(topic: Topic<any, any>, key: string): Promise<void> {
    this.#busy.add(key)
    for (let pending = this.#take(key); pending.length > 0; pending = this.#take(key)) await this.#send(topic, pending)
    this.#busy.delete(key)
  }

  #take(key: string): readonly Pending[] {
    return this.#queues.get(key)!.splice(0, chunkItemsMax)
  }

  /** Apart where they are too much for one chunk, or where one of them cannot be stored: the others can. */
  async #send(topic: Topic<any, any>, pending: readonly Pending[]): Promise<void> {
    const prepared = attempt(() => prepare(topic, pending.map(({ value }) => value), pending.map(({ options }) => options), this.#layout))
    if (pending.length > 1 && ('error' in prepared || isTooMuch(prepared.result))) return this.#sendHalves(topic, pending)
    try {
      if ('error' in prepared) throw prepared.error
      receive(pending, topic, await this.#append(topic, partitionOf(pending[0]!), prepared.result))
    } catch (error) {
      for (const { reject } of pending) reject(error)
    }
  }

  async #sendHalves(topic: Topic<any, any>, pending: readonly Pending[]): Promise<void> {
    const middle = pending.length >> 1
    await this.#send(topic, pending.slice(0, middle))
    await this.#send(topic, pending.slice(middle))
  }

  /** How many were duplicates. */
  #appendAll(topic: Topic<any, any>, values: readonly unknown[], part: number): Promise<number> {
    const prepared = prepare(topic, values, [], this.#layout)
    if (isTooMuch(prepared)) return this.#appendHalves(topic, values, part)
    return this.#append(topic, part * levels.length + normal, prepared).then(({ duplicates }) => duplicates.length)
  }

  async #appendHalves(topic: Topic<any, any>, values: readonly unknown[], part: number): Promise<number> {
    const middle = values.length >> 1
    return (await this.#appendAll(topic, values.slice(0, middle), part)) + (await this.#appendAll(topic, values.slice(middle), part))
  }

  async #append({ name: topic }: Topic<any, any>, partition: number, { chunk, ids }: Prepared): Promise<Appended & { readonly ids: readonly string[] | undefined }> {
    return { ...(await this.#log.append({ topic, partition, chunk, unique: ids && { ids, forMs: idHorizonMs } })), ids }
  }

  /** Others than Batchwork may read a topic on Kafka, and expect an array. */
  get #layout(): Layout {
    return this.#log.parts === undefined ? 'dense' : 'rows'
  }

  /** A topic is made by whoever comes first: publisher or pipeline. Gives its parts. */
  #make(topic: Topic<any, any>): Promise<number> {
    const { name } = topic
    let made = this.#known.get(name)
    if (!made) this.#known.set(name, (made = this.#partsOf(topic)))
    return made
  }

  async #partsOf(topic: Topic<any, any>): Promise<number> {
    const { name } = topic
    const found = this.#log.parts === undefined ? undefined : (await this.#log.topics()).find(each => each.name === name)
    const partitions = found?.partitions ?? (this.#log.parts ?? 1) * levels.length
    await this.#log.createTopics([{ name, partitions, subscriptions: readTopic(topic)!.keepFor ? [keepingSubscription(name)] : [] }])
    return Math.max(1, Math.floor(partitions / levels.length))
  }

  /** What has a key has its place. The others take turns, or the one given. */
  #partOf(topic: Topic<any, any>, value: unknown, parts: number, turn?: number): number {
    if (parts === 1) return 0
    const { key } = readTopic(topic)!
    return key ? partOfKey(keyText(key(value)), parts) : (turn ?? this.#turn++ % parts)
  }
}

const normal = levels.indexOf('normal')

interface Prepared {
  readonly chunk: EncodedChunk
  readonly ids: readonly string[] | undefined
}

/** Throws what makes an item impossible to store. */
function prepare(topic: Topic<any, any>, values: readonly unknown[], options: readonly PublishOptions[], layout: Layout): Prepared {
  const headers = options.some(option => option.headers) ? options.map(option => option.headers ?? null) : undefined
  const { items, ids } = withGivenIds(addressed({ values, headers }, readTopic(topic)!), options)
  return { chunk: encodeItems(items, layout), ids }
}

function attempt<R>(make: () => R): { readonly result: R } | { readonly error: unknown } {
  try {
    return { result: make() }
  } catch (error) {
    return { error }
  }
}

function isTooMuch({ chunk: { count, values } }: Prepared): boolean {
  return count > 1 && values.length > chunkBytesMax
}

function partitionOf({ part, options: { priority = 'normal' } }: Pending): number {
  return part * levels.length + levels.indexOf(priority)
}

function receive(pending: readonly Pending[], { name }: Topic<any, any>, { offset, duplicates, ids }: Appended & { readonly ids: readonly string[] | undefined }): void {
  const dropped = new Set(duplicates)
  const partition = partitionOf(pending[0]!)
  let next = offset
  pending.forEach(({ resolve }, index) => {
    const duplicate = dropped.has(index)
    resolve({ id: ids?.[index] ?? `${name}:${partition}:${next}`, duplicate })
    if (!duplicate) next++
  })
}

/** Items with an id and items without one are not mixed: only the former are looked up. */
function queueKey({ name }: Topic<any, any>, { priority = 'normal', id }: PublishOptions, part: number): string {
  return `${name}\u0000${priority}\u0000${id !== undefined}\u0000${part}`
}

function withGivenIds({ items, ids }: { readonly items: Items; readonly ids?: readonly string[] | undefined }, options: readonly PublishOptions[]) {
  if (options[0]?.id === undefined) return { items, ids }
  const given = options.map(({ id }) => id!)
  return { items: { ...items, ids: Names.of(given) }, ids: given }
}

function checkedTopic(topic: Topic<any, any>): Topic<any, any> {
  if (readTopic(topic)) return topic
  throw new BatchworkError('NO_TOPIC', "publish needs a topic made by topic('name', ...) as its first argument")
}

async function* gathered(items: Iterable<unknown> | AsyncIterable<unknown>, countMax: number): AsyncGenerator<readonly unknown[]> {
  let values: unknown[] = []
  if (Symbol.asyncIterator in items) {
    for await (const item of items) if (values.push(item) === countMax) values = yield* flushed(values)
  } else {
    for (const item of items) if (values.push(item) === countMax) values = yield* flushed(values)
  }
  if (values.length > 0) yield values
}

async function* flushed(values: readonly unknown[]): AsyncGenerator<readonly unknown[], unknown[]> {
  yield values
  return []
}

// A topic as others have it: made, written and read with the client's own tools, not with ours.
import { randomUUID } from 'node:crypto'
import { kafkaClient } from '../../src/logs/kafka/client.ts'
import type { Source, SourceContext, SourceItem, Split } from '../../src/source.ts'
import { testBroker } from './broker.ts'

export interface Written {
  readonly value: string | Buffer | null
  readonly key?: string
  readonly partition?: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface Found {
  readonly value: string | null
  readonly key: string | undefined
  readonly partition: number
  readonly headers: Readonly<Record<string, string>>
  readonly at: number
}

export interface TopicSettings {
  readonly partitions?: number
  readonly configs?: Readonly<Record<string, string>>
}

const [readUncommitted, readCommitted] = [0, 1]

export class ForeignTopic {
  readonly broker: string
  readonly name: string

  private constructor(broker: string, name: string) {
    this.broker = broker
    this.name = name
  }

  /** `kafka://...` of its broker. */
  get address(): string {
    return `kafka://${this.broker}/${this.name}`
  }

  static async make(settings?: TopicSettings): Promise<ForeignTopic> {
    return ForeignTopic.at(await testBroker(), settings)
  }

  /** One that others made. */
  static there(broker: string, name: string): ForeignTopic {
    return new ForeignTopic(broker, name)
  }

  static async at(broker: string, { partitions = 1, configs = {} }: TopicSettings = {}): Promise<ForeignTopic> {
    const made = new ForeignTopic(broker, randomUUID())
    await made.create(partitions, configs)
    return made
  }

  async create(partitions: number, configs: TopicSettings['configs'] = {}): Promise<void> {
    await this.#administer(admin => admin.createTopics({ topics: [this.name], partitions, replicas: 1, configs: Object.entries(configs).map(([name, value]) => ({ name, value })) }))
    const deadline = performance.now() + 30_000
    // Brokers learn of a topic some time after it exists.
    while (!(await this.#administer(admin => admin.metadata({ topics: [this.name] }).then(() => true, () => false))) && performance.now() < deadline);
  }

  delete(): Promise<unknown> {
    return this.#administer(admin => admin.deleteTopics({ topics: [this.name] }))
  }

  addPartitions(count: number): Promise<unknown> {
    return this.#administer(admin => admin.createPartitions({ topics: [{ name: this.name, count, assignments: null }] }))
  }

  /** As retention does it. */
  deleteBefore(offset: number, partition = 0): Promise<unknown> {
    return this.#administer(admin => admin.deleteRecords({ topics: [{ name: this.name, partitions: [{ partition, offset: BigInt(offset) }] }] }))
  }

  async write(records: readonly Written[], compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' = 'none'): Promise<void> {
    const { Producer } = await kafkaClient()
    const producer = new Producer({ clientId: 'foreign', bootstrapBrokers: [this.broker], idempotent: true })
    try {
      const messages = records.map(({ value, key, partition, headers }) => ({
        topic: this.name, value: (value === null ? null : Buffer.from(value)) as Buffer, ...key === undefined ? {} : { key: Buffer.from(key) }, ...partition === undefined ? {} : { partition },
        headers: new Map(Object.entries(headers ?? {}).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
      }))
      await producer.send({ messages, compression, acks: -1 })
    } finally {
      await producer.close()
    }
  }

  /** In a transaction that is ended as `work` says. */
  async transact(values: readonly string[], work: (end: { readonly commit: () => Promise<void>, readonly abort: () => Promise<void> }) => Promise<void>): Promise<void> {
    const { Producer } = await kafkaClient()
    const producer = new Producer({ clientId: 'foreign', bootstrapBrokers: [this.broker], idempotent: true, transactionalId: randomUUID() })
    try {
      const transaction = await producer.beginTransaction()
      await transaction.send({ messages: values.map(value => ({ topic: this.name, value: Buffer.from(value), partition: 0 })) })
      await work({ commit: () => this.#marked(transaction.commit()), abort: () => this.#marked(transaction.abort()) })
    } finally {
      await producer.close()
    }
  }

  /** The end of a transaction is answered before its marks are written, until when nobody can read beyond its beginning. No other is open. */
  async #marked(end: Promise<void>): Promise<void> {
    await end
    const deadline = performance.now() + 30_000
    while (await this.#end(readCommitted) < await this.#end(readUncommitted) && performance.now() < deadline);
  }

  async #end(isolationLevel: number): Promise<bigint> {
    const [listed] = await this.#administer<any>(admin => admin.listOffsets({ topics: [{ name: this.name, partitions: [{ partitionIndex: 0, timestamp: -1n }] }], isolationLevel }))
    return listed.partitions[0].offset
  }

  /** As many as that, in the order of each partition; committed ones only. */
  async read(count: number): Promise<readonly Found[]> {
    const { Consumer } = await kafkaClient()
    const consumer = new Consumer({ groupId: randomUUID(), clientId: 'foreign', bootstrapBrokers: [this.broker] })
    const found: Found[] = []
    try {
      const stream = await consumer.consume({ topics: [this.name], mode: 'earliest', isolationLevel: 1, autocommit: false, maxWaitTime: 100 })
      for await (const { value, key, partition, headers, timestamp } of stream) {
        found.push({ value: value?.toString() ?? null, key: key === null || key === undefined ? undefined : String(key), partition, headers: Object.fromEntries(Array.from(headers, ([name, text]) => [String(name), String(text)])), at: Number(timestamp) })
        if (found.length >= count) break
      }
    } finally {
      await consumer.close(true)
    }
    return found
  }

  async #administer<Result>(work: (admin: any) => Promise<Result>): Promise<Result> {
    const { Admin } = await kafkaClient()
    const admin = new Admin({ clientId: 'foreign', bootstrapBrokers: [this.broker] })
    try {
      return await work(admin)
    } finally {
      await admin.close()
    }
  }
}

export class Reading implements SourceContext, Disposable {
  readonly #abort = new AbortController()
  readonly signal = this.#abort.signal
  readonly log = { info() {}, warn() {}, error() {} }

  async splits(source: Source<unknown>): Promise<readonly Split[]> {
    return gathered(source.splits(this))
  }

  /** All items of a source that ends, by split. */
  async all<T>(source: Source<T>, splits?: readonly Split[]): Promise<readonly (readonly SourceItem<T>[])[]> {
    const bySplit: (readonly SourceItem<T>[])[] = []
    for (const split of splits ?? await this.splits(source)) bySplit.push(await this.from(source, split))
    return bySplit
  }

  async from<T>(source: Source<T>, split: Split, position?: unknown): Promise<readonly SourceItem<T>[]> {
    return (await gathered(source.readChunks!(split, position, this))).flat()
  }

  /** Of a source that does not end: when so many came in all its splits together. */
  async first<T>(source: Source<T>, count: number, meanwhile: (soFar: number) => Promise<unknown> = async () => {}): Promise<readonly SourceItem<T>[]> {
    const found: SourceItem<T>[] = []
    await Promise.all((await this.splits(source)).map(async split => {
      for await (const items of source.readChunks!(split, undefined, this)) {
        found.push(...items)
        if (found.length >= count) this.#abort.abort()
        else await meanwhile(found.length)
      }
    }))
    return found
  }

  stop(): void {
    this.#abort.abort()
  }

  [Symbol.dispose](): void {
    this.#abort.abort()
  }
}

async function gathered<T>(values: AsyncIterable<T> | Iterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const value of values) found.push(value)
  return found
}

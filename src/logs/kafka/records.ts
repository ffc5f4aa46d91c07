// A chunk as a Kafka record: its value is the JSON array of the items, which every console tool shows; headers hold the number of items and their columns.
// An item's offset is its record's offset times 65,536 plus its index, so that gaps between records (marks of transactions) take nothing from items.
import type { EncodedChunk, PartitionId, StoredChunk } from '../../log.ts'
import { LogError } from '../../model/errors.ts'

export const offsetsPerRecord = 65_536

/** Who sends, as the brokers know it: of a transaction, or of plain records. */
export interface Producer {
  readonly id: bigint
  readonly epoch: number
}

/** What is sent. */
export interface NewRecord {
  readonly topic: string
  readonly partition: number
  readonly key?: string | Uint8Array | undefined
  /** null: a tombstone. */
  readonly value: string | Uint8Array | null
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What is read. */
export interface KafkaRecord {
  readonly offset: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[]
  readonly at: number
  readonly producer: Producer
}

export function recordOf(topic: string, partition: number, { count, columns, values }: EncodedChunk, at: number): NewRecord {
  if (count > offsetsPerRecord) throw new LogError('TOO_LARGE', `a chunk of ${count.toLocaleString('en')} items cannot be one Kafka record: at most ${offsetsPerRecord.toLocaleString('en')}; append smaller chunks`)
  return { topic, partition, value: values, headers: { count: String(count), columns }, at }
}

/** What was read ahead stays outside of the heap until it is used: the collector would copy its text. */
export class RecordChunk implements StoredChunk {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly next: number
  readonly count: number
  readonly columns: string
  readonly at: number
  readonly #value: Buffer

  constructor({ topic, partition }: PartitionId, record: KafkaRecord) {
    const count = headerOf(record, 'count')
    const columns = headerOf(record, 'columns')
    if (count === undefined || columns === undefined || record.value === null) {
      throw new LogError('DAMAGED', `record ${record.offset} in partition ${partition} of topic '${topic}' was not written by Batchwork: it lacks the headers 'count' and 'columns'; use a topic of its own for what others write`)
    }
    this.topic = topic
    this.partition = partition
    this.offset = record.offset * offsetsPerRecord
    this.next = this.offset + offsetsPerRecord
    this.count = Number(count)
    this.columns = columns
    this.at = record.at
    this.#value = record.value
  }

  get values(): string {
    return this.#value.toString()
  }

  get bytes(): number {
    return this.#value.length
  }
}

export function headerOf({ headers }: KafkaRecord, name: string): string | undefined {
  return headers.find(([key]) => key?.toString() === name)?.[1]?.toString()
}

/** For sharing out requests. */
export function bytesOf({ key, value, headers }: NewRecord): number {
  const texts = Object.values(headers ?? {}).reduce((sum, text) => sum + text.length, 0)
  return (key?.length ?? 0) + (value?.length ?? 0) + texts + 100
}

// A record as the pipeline gets it: what a user's `item` function is given, and what becomes of it where its value cannot be read.
import type { KafkaRecord } from '../../logs/kafka/records.ts'
import { UnreadableItemError, messageOf } from '../../sources/source-error.ts'
import type { SourceItem } from '../../source.ts'
import type { KafkaCodec } from './codecs/codec.ts'

export interface ForeignRecord<out V> {
  /** null: a record without a value, which in a compacted topic says that its key is deleted. */
  readonly value: V | null
  /** As text. */
  readonly key: string | undefined
  readonly headers: Readonly<Record<string, string>>
  /** When it was written, or what its writer says. */
  readonly time: Date
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface RecordPlace {
  readonly topic: string
  readonly partition: number
}

/** Its position is the offset to go on from. */
export class TopicItem<T> implements SourceItem<T> {
  readonly item: T
  readonly position: number
  readonly error: Error | undefined
  readonly #place: RecordPlace

  constructor(item: T, place: RecordPlace, offset: number, error?: Error) {
    this.item = item
    this.position = offset + 1
    this.error = error
    this.#place = place
  }

  get origin(): string {
    return originOf(this.#place, this.position - 1)
  }
}

/** `toItem`: the user's own function. Absent: the item is the value. */
export function itemOf<T>(record: KafkaRecord, place: RecordPlace, codec: KafkaCodec<any>, toItem: ((record: ForeignRecord<any>) => T) | undefined): TopicItem<T> {
  try {
    const value: unknown = record.value === null ? null : codec.decode(record.value)
    return new TopicItem(toItem ? toItem(foreignRecord(record, place, value)) : value as T, place, record.offset)
  } catch (error) {
    // As text, which a person reads: a dead letter shows it.
    const raw = record.value?.toString() ?? null
    return new TopicItem(raw as T, place, record.offset, new UnreadableItemError(`${originOf(place, record.offset)} cannot be read: ${messageOf(error)}`, { cause: error }))
  }
}

function foreignRecord({ key, headers, at, offset }: KafkaRecord, { topic, partition }: RecordPlace, value: unknown): ForeignRecord<unknown> {
  return { value, key: key?.toString(), headers: Object.fromEntries(headers.map(([name, text]) => [name?.toString() ?? '', text?.toString() ?? ''])), time: new Date(at), topic, partition, offset }
}

/** As Kafka's tools write it. */
function originOf({ topic, partition }: RecordPlace, offset: number): string {
  return `${topic}-${partition}@${offset}`
}

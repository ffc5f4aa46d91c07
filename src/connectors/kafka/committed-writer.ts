// Writes what comes of one partition of a sink's input. Records and the note of what was written are one transaction: what is brought again is passed over, and who
// was overtaken is refused. The note is the metadata of an offset that a group without members has committed in the topic that is written to.
import type { Cluster } from '../../logs/kafka/cluster.ts'
import { codesOf, isProducerOut } from '../../logs/kafka/failures.ts'
import type { KafkaNames } from '../../logs/kafka/names.ts'
import type { NewRecord } from '../../logs/kafka/records.ts'
import { Transactor } from '../../logs/kafka/transactor.ts'
import { FencedError } from '../../model/errors.ts'
import type { SinkChunk } from '../../sink.ts'
import { DeliveredNote } from './delivered-note.ts'

export interface CommittedWriterOptions {
  readonly cluster: Cluster
  readonly names: KafkaNames
  readonly topic: string
}

/** A process that vanished in the middle keeps readers of the topic waiting no longer than that. */
const transactionTimeoutMs = 60_000
/** By whom it was overtaken is found out with the second. */
const attemptsMax = 3
const [nobody, noGeneration, noEpoch] = ['', -1, -1]

export class CommittedWriter {
  readonly #options: CommittedWriterOptions
  readonly #group: string
  readonly #transactor: Transactor
  /** Undefined: another may have written since. */
  #note: DeliveredNote | undefined

  constructor(options: CommittedWriterOptions, { run, subscription, partition }: Pick<SinkChunk<unknown>, 'run' | 'subscription' | 'partition'>) {
    this.#options = options
    this.#group = options.names.group(`to ${options.topic}/${run}/${subscription}/${partition}`)
    this.#transactor = new Transactor(options.cluster, this.#group, transactionTimeoutMs)
  }

  /** `recordOf` gives the record of an item, by index; `batchBytesMax` is of one partition in one request. Throws FencedError, or what the client threw. */
  async write(chunk: SinkChunk<unknown>, recordOf: (index: number) => NewRecord, batchBytesMax: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(chunk, recordOf, batchBytesMax)
      } catch (error) {
        // Who overtook may be the one that was overtaken itself, and not know it yet: the note tells.
        if (!isProducerOut(codesOf(error)) || attempt === attemptsMax) throw error
      }
    }
  }

  async #attempt(chunk: SinkChunk<unknown>, recordOf: (index: number) => NewRecord, batchBytesMax: number): Promise<void> {
    const before = this.#note ??= await this.#begin()
    if (chunk.epoch < before.epoch) throw new FencedError(chunk.epoch, before.epoch)
    const records = chunk.items.flatMap((_, index) => (before.covers(chunk.offsets[index]!) ? [] : [recordOf(index)]))
    if (records.length === 0) return
    const after = before.with(chunk.epoch, chunk.ranges)
    this.#note = undefined
    const { topic } = this.#options
    const offset = { topic, partition: 0, offset: chunk.ranges[0]![0], metadata: after.text }
    const outcome = await this.#transactor.run({ records, batchBytesMax, groups: [{ group: this.#group, member: nobody, generation: noGeneration, offsets: [offset] }] })
    if (outcome.kind !== 'committed') throw outcome.error
    this.#note = after
  }

  /** Who began before is fenced, and what it had open is ended; so the note that is read is the last one. */
  async #begin(): Promise<DeliveredNote> {
    const { cluster, topic } = this.#options
    await this.#transactor.begin()
    const { groups } = await cluster.ask({ to: 'group', id: this.#group }, connection => (
      cluster.kafka.offsetFetchV8.api.async(connection, [{ groupId: this.#group, memberEpoch: noEpoch, topics: [{ name: topic, partitionIndexes: [0] }] }], true)
    ))
    return DeliveredNote.from(groups[0]?.topics[0]?.partitions[0]?.metadata ?? '')
  }
}

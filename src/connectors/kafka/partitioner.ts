// Which partition a record goes to: that of its key, as Kafka's own producers choose it, so that what others write under a key lies with ours. Without a key, all of
// one write go together, and the next write to the next partition.
import type { Kafka } from '../../logs/kafka/client.ts'

export class Partitioner {
  readonly #kafka: Kafka
  readonly #partitions: number
  #next = -1

  constructor(kafka: Kafka, partitions: number) {
    this.#kafka = kafka
    this.#partitions = partitions
  }

  /** Before each write. */
  begin(): void {
    this.#next = (this.#next + 1) % this.#partitions
  }

  partitionOf(key: string | undefined): number {
    if (key === undefined) return this.#next
    // Kafka's Java client takes the sign away like this, and not by Math.abs.
    return (this.#kafka.murmur2(Buffer.from(key)) & 0x7fff_ffff) % this.#partitions
  }
}

// Follows one partition from its beginning: everything committed, in order, each record once. Who has to know what others have committed by now waits until
// it is passed.
import type { Cluster } from './cluster.ts'
import { fetchFrom, type Fetched } from './fetch.ts'
import type { HangingTransactions } from './hanging-transactions.ts'
import type { KafkaRecord } from './records.ts'

const bytesMax = 8_000_000
const waitMs = 500

interface Waiter {
  readonly offset: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class Tail {
  readonly #cluster: Cluster
  readonly #topic: string
  readonly #lane: string
  readonly #take: (record: KafkaRecord) => void
  readonly #hanging: HangingTransactions
  #next = 0
  #waiters: Waiter[] = []
  #failure: { readonly error: unknown } | undefined

  /** Throws nothing later on: what goes wrong meets who waits. */
  constructor(cluster: Cluster, hanging: HangingTransactions, topic: string, take: (record: KafkaRecord) => void) {
    this.#cluster = cluster
    this.#topic = topic
    this.#lane = `tail of ${topic}`
    this.#hanging = hanging
    this.#take = take
  }

  follow(): void {
    this.#follow().catch((error: unknown) => {
      this.#failure = { error }
      for (const { reject } of this.#waiters.splice(0)) reject(error)
    })
  }

  /** When all before this offset was taken. */
  passed(offset: number): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure.error)
    if (this.#next >= offset) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiters.push({ offset, resolve, reject }))
  }

  /** When all was taken that is stored by now; what is in an open transaction is waited for. */
  async atEnd(): Promise<void> {
    await this.passed(await endOf(this.#cluster, this.#topic))
  }

  async #follow(): Promise<void> {
    for (;;) {
      const fetched = await fetchFrom(this.#cluster, { topic: this.#topic, partition: 0, offset: this.#next, bytesMax, waitMs, lane: this.#lane })
      // Compaction, or DeleteRecords, has taken the beginning away.
      if (!fetched) this.#next = await startOf(this.#cluster, this.#topic)
      for (const record of fetched?.records ?? []) this.#take(record)
      if (fetched) this.#reached(fetched)
    }
  }

  #reached({ next, end }: Fetched): void {
    this.#next = next
    this.#hanging.note(this.#topic, 0, next, end)
    this.#tell()
  }

  #tell(): void {
    const waiting = this.#waiters
    if (!waiting.some(({ offset }) => offset <= this.#next)) return
    this.#waiters = waiting.filter(({ offset }) => offset > this.#next)
    for (const { offset, resolve } of waiting) if (offset <= this.#next) resolve()
  }
}

const [latest, earliest] = [-1n, -2n]

/** The high watermark: what is stored, committed or not. */
const endOf = (cluster: Cluster, topic: string): Promise<number> => offsetAt(cluster, topic, latest)
const startOf = (cluster: Cluster, topic: string): Promise<number> => offsetAt(cluster, topic, earliest)

async function offsetAt(cluster: Cluster, topic: string, timestamp: bigint): Promise<number> {
  const { topics } = await cluster.ask({ to: 'leader', topic, partition: 0 }, connection => (
    cluster.kafka.listOffsetsV7.api.async(connection, -1, 0, [{ name: topic, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }] }])
  ))
  return Number(topics[0]!.partitions[0]!.offset)
}

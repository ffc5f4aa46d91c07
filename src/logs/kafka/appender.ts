// Plain appends of one process: one request under way at a time, and all that waits goes with the next, so order is kept and a burst costs little more than
// one append.
import type { Cluster } from './cluster.ts'
import { logError } from './failures.ts'
import { produce, type ProducerIdentity } from './produce.ts'
import { bytesOf, type NewRecord } from './records.ts'

interface Waiting {
  readonly records: readonly NewRecord[]
  readonly bytes: number
  readonly resolve: (offsets: readonly number[]) => void
  readonly reject: (error: unknown) => void
}

const requestBytesMax = 8_000_000
const anyTimeoutMs = 60_000

export class Appender {
  readonly #cluster: Cluster
  readonly #batchBytesMax: number | undefined
  #identity: ProducerIdentity | undefined
  #waiting: Waiting[] = []
  #isSending = false
  #idle: Promise<void> = Promise.resolve()

  /** `batchBytesMax`: of one partition in one request. Default: that of `produce`. */
  constructor(cluster: Cluster, batchBytesMax?: number) {
    this.#cluster = cluster
    this.#batchBytesMax = batchBytesMax
  }

  /** The offset of each record, when all are stored. Those of one call for one partition stay together up to 4 MB. */
  append(records: readonly NewRecord[]): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject, bytes: records.reduce((sum, record) => sum + bytesOf(record), 0) })
      if (!this.#isSending) this.#idle = this.#send()
    })
  }

  /** What was asked for is answered. */
  idle(): Promise<void> {
    return this.#idle
  }

  async #send(): Promise<void> {
    this.#isSending = true
    // What is asked for in the same turn goes together.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#sendTogether(this.#take())
    this.#isSending = false
  }

  #take(): readonly Waiting[] {
    let count = 0
    for (let bytes = 0; count < this.#waiting.length && (count === 0 || bytes + this.#waiting[count]!.bytes <= requestBytesMax); count++) bytes += this.#waiting[count]!.bytes
    return this.#waiting.splice(0, count)
  }

  async #sendTogether(taken: readonly Waiting[]): Promise<void> {
    const offsets: number[] = []
    try {
      await produce(this.#cluster, await this.#known(), taken.flatMap(({ records }) => records), offsets, this.#batchBytesMax)
    } catch (error) {
      // What the brokers took of it is not known for sure, so the sequence is not either.
      this.#identity = undefined
      return this.#settleApart(taken, offsets, error)
    }
    let from = 0
    for (const { records, resolve } of taken) resolve(offsets.slice(from, (from += records.length)))
  }

  /** One that cannot be stored must not take the others with it; those of a broken connection fail together. */
  async #settleApart(taken: readonly Waiting[], offsets: readonly number[], error: unknown): Promise<void> {
    const isRefused = (error as { readonly apiId?: string }).apiId !== undefined
    let from = 0
    for (const one of taken) {
      const own = Array.from(one.records, () => offsets[from++])
      if (own.every(offset => offset !== undefined)) one.resolve(own)
      else if (isRefused && taken.length > 1) await this.#sendTogether([one])
      else one.reject(logError(`an append to ${shownPlace(one)} failed`, error))
    }
  }

  async #known(): Promise<ProducerIdentity> {
    if (this.#identity) return this.#identity
    const { producerId, producerEpoch } = await this.#cluster.ask({ to: 'anyone' }, connection => this.#cluster.kafka.initProducerIdV4.api.async(connection, null, anyTimeoutMs, -1n, -1))
    return (this.#identity = { id: producerId, epoch: producerEpoch, sequences: new Map() })
  }
}

function shownPlace({ records: [record] }: Waiting): string {
  return record ? `partition ${record.partition} of Kafka topic '${record.topic}'` : 'nothing'
}

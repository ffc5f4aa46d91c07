// The connections of one kafkaTopic: made when something is to be read or written, shared by all that is under way, and ended a moment after the last of it. A
// source and a sink are never told that they are not needed any more.
import { checkCredentials, type KafkaAddress } from '../../logs/kafka/address.ts'
import { kafkaClient } from '../../logs/kafka/client.ts'
import { Cluster } from '../../logs/kafka/cluster.ts'
import { LogError } from '../../model/errors.ts'

/** What comes next often comes at once: writes follow each other. */
const idleMs = 500

export interface Lease {
  readonly cluster: Cluster
  /** May be called again. */
  readonly release: () => void
}

export class SharedCluster {
  readonly #address: KafkaAddress
  #cluster: Promise<Cluster> | undefined
  #users = 0
  #idle: NodeJS.Timeout | undefined

  constructor(address: KafkaAddress) {
    this.#address = address
  }

  /** Gives connections for as long as `work` takes. */
  async during<Result>(work: (cluster: Cluster) => Promise<Result>): Promise<Result> {
    const lease = await this.lease()
    try {
      return await work(lease.cluster)
    } finally {
      lease.release()
    }
  }

  /** For what cannot be one function. Throws LogError UNREACHABLE. */
  async lease(): Promise<Lease> {
    this.#users++
    clearTimeout(this.#idle)
    const release = once(() => this.#release())
    const opening = (this.#cluster ??= this.#open())
    try {
      return { cluster: await opening, release }
    } catch (error) {
      // Another may have begun anew by now.
      if (this.#cluster === opening) this.#cluster = undefined
      release()
      throw error
    }
  }

  /** Who knows that nothing comes next need not wait. */
  endIfIdle(): void {
    if (this.#users === 0) this.#end()
  }

  #release(): void {
    if (--this.#users > 0) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#end(), idleMs)
  }

  async #open(): Promise<Cluster> {
    checkCredentials(this.#address.connection)
    const { brokers, connection, prefix } = this.#address
    const cluster = new Cluster(await kafkaClient(), { brokers, connection, clientId: prefix })
    try {
      await cluster.reach()
    } catch (error) {
      cluster.stop(closed())
      throw error
    }
    return cluster
  }

  #end(): void {
    clearTimeout(this.#idle)
    this.#cluster?.then(cluster => cluster.stop(closed()), () => {})
    this.#cluster = undefined
  }
}

function closed(): LogError {
  return new LogError('CLOSED', 'these connections are not needed any more')
}

function once(work: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) work()
    isDone = true
  }
}

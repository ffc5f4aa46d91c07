// Transactions that hang: open in a partition though their coordinator has ended them. A broker that is alone and is killed can leave them: as it comes back it passes over the
// marks for partitions it does not know of yet. Nobody can read what comes behind one. One is known by an end of the readable that stays for longer than a transaction may be
// open (KIP-664), and is ended as its coordinator ended it: by an empty transaction under the same id, which leaves its own mark.
import { LogError } from '../../model/errors.ts'
import type { Cluster } from './cluster.ts'
import { logError } from './failures.ts'
import type { Producer } from './transaction-protocol.ts'

export interface HangingOptions {
  readonly cluster: Cluster
  /** No transaction is open for longer, if its broker is well. */
  readonly openMsMax: number
  /** Whether of one's transactions all but the last were committed. */
  readonly endsWithFailure: (transactionalId: string) => boolean
  /** Nobody here can end one. */
  readonly onHopeless: (error: LogError) => void
}

interface Stuck {
  readonly stable: number
  /** As `performance.now` counts. */
  readonly until: number
}

/** Of several processes that see one hang, one looks first. */
const apartMsMax = 5_000
const timeoutMs = 10_000

export class HangingTransactions {
  readonly #options: HangingOptions
  readonly #stuck = new Map<string, Stuck>()

  constructor(options: HangingOptions) {
    this.#options = options
  }

  /** `stable`: up to there a partition can be read; `end`: up to there it is stored. */
  note(topic: string, partition: number, stable: number, end: number): void {
    const key = `${partition}:${topic}`
    const stuck = this.#stuck.get(key)
    if (stable >= end) return void this.#stuck.delete(key)
    if (stuck?.stable !== stable) return this.#wait(key, stable)
    if (performance.now() < stuck.until) return
    this.#wait(key, stable)
    this.#end(topic, partition, stable).catch((error: unknown) => this.#options.cluster.end || this.#options.onHopeless(hopeless(topic, partition, stable, error)))
  }

  #wait(key: string, stable: number): void {
    this.#stuck.set(key, { stable, until: performance.now() + this.#options.openMsMax + Math.random() * apartMsMax })
  }

  async #end(topic: string, partition: number, stable: number): Promise<void> {
    const { cluster } = this.#options
    const { topics } = await cluster.ask({ to: 'leader', topic, partition }, connection => cluster.kafka.describeProducersV0.api.async(connection, [{ name: topic, partitionIndexes: [partition] }]))
    const open = topics[0]?.partitions[0]?.activeProducers.filter(({ currentTxnStartOffset }) => Number(currentTxnStartOffset) === stable) ?? []
    for (const { producerId: id, producerEpoch: epoch } of open) {
      const transactionalId = await this.#idOf(id)
      const isCommitted = await this.#wasCommitted(transactionalId, { id, epoch })
      if (isCommitted !== undefined) await this.#mark(transactionalId, topic, partition, isCommitted)
    }
  }

  async #idOf(producer: bigint): Promise<string> {
    const { cluster } = this.#options
    for (const number of await cluster.numbers()) {
      const { transactionStates } = await cluster.ask({ to: 'broker', number }, connection => cluster.kafka.listTransactionsV0.api.async(connection, [], [producer], -1n, null))
      if (transactionStates[0]) return transactionStates[0].transactionalId
    }
    throw new Error(`no coordinator knows of producer ${producer}`)
  }

  /** Undefined: it has not ended yet. */
  async #wasCommitted(transactionalId: string, { epoch }: Producer): Promise<boolean | undefined> {
    const { cluster, endsWithFailure } = this.#options
    const { transactionStates: [state] } = await cluster.ask({ to: 'transaction', id: transactionalId }, connection => cluster.kafka.describeTransactionsV0.api.async(connection, [transactionalId]))
    const { transactionState, producerEpoch } = state!
    // A coordinator that aborts, or takes transactions in the newer way, counts up as it ends one.
    const isLast = epoch >= producerEpoch - 1
    if (transactionState === 'CompleteCommit' && (isLast || endsWithFailure(transactionalId))) return true
    if (transactionState === 'CompleteAbort' && (isLast || endsWithFailure(transactionalId))) return !isLast
    if (['Ongoing', 'PrepareCommit', 'PrepareAbort', 'PrepareEpochFence'].includes(transactionState)) return undefined
    throw new Error(`what became of it is not known any more: '${transactionalId}' is ${transactionState}`)
  }

  async #mark(transactionalId: string, topic: string, partition: number, isCommitted: boolean): Promise<void> {
    const { cluster } = this.#options
    const { kafka } = cluster
    const route = { to: 'transaction', id: transactionalId } as const
    const { producerId, producerEpoch } = await cluster.ask(route, connection => kafka.initProducerIdV4.api.async(connection, transactionalId, timeoutMs, -1n, -1))
    const topics = [{ name: topic, partitions: [partition] }]
    await cluster.ask(route, connection => kafka.addPartitionsToTxnV3.api.async(connection, [{ transactionalId, producerId, producerEpoch, verifyOnly: false, topics }]))
    await cluster.ask(route, connection => kafka.endTxnV3.api.async(connection, transactionalId, producerId, producerEpoch, isCommitted))
  }
}

function hopeless(topic: string, partition: number, offset: number, cause: unknown): LogError {
  const why = logError('it could not be ended from here', cause)
  return new LogError('HANGING_TRANSACTION', `a transaction hangs in partition ${partition} of Kafka topic '${topic}' at offset ${offset}: its end was lost as its broker was killed, and nothing behind it can be read; ${why.message}; `
    + `end it with kafka-transactions.sh --bootstrap-server HOST:PORT abort --topic ${topic} --partition ${partition} --start-offset ${offset}, as a user who may alter the cluster, and run the same command again`, { cause })
}

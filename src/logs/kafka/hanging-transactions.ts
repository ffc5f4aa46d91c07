// Transactions that hang: open in a partition though their coordinator has ended them. A broker that is alone and is killed can leave them: as it comes back it passes over the
// marks for partitions it does not know of yet. Nobody can read what comes behind one. One is known by an end of the readable that stays for longer than a transaction may be
// open (KIP-664), and is ended as it should have been: by an empty transaction under the same id, which leaves its own marks.
import type { PartitionId } from '../../log.ts'
import { LogError } from '../../model/errors.ts'
import { askLeaders } from './by-leader.ts'
import type { Cluster } from './cluster.ts'
import { logError } from './failures.ts'
import type { Producer } from './records.ts'
import { transactionProtocol } from './transaction-protocol.ts'

export interface HangingOptions {
  readonly cluster: Cluster
  /** No transaction is open for longer, if its broker is well. */
  readonly openMsMax: number
  /** Of several processes that see one hang, one looks first: they look at times of their own within so long. Default 5,000. */
  readonly apartMsMax?: number | undefined
  /** A part of each transaction is there. */
  readonly ledger: string
  /** Where else parts of transactions may be, by the names of Kafka. */
  readonly partitions: () => readonly PartitionId[]
  /** By all that is in the ledger. */
  readonly wasCommitted: (producer: Producer) => Promise<boolean>
  /** Nobody here can end one. */
  readonly onHopeless: (error: LogError) => void
}

interface Stuck {
  readonly stable: number
  /** As `performance.now` counts. */
  readonly until: number
  readonly tries: number
}

const apartMsMaxDefault = 5_000
/** What fails may have met another process that was at it. */
const triesMax = 6
const timeoutMs = 10_000
/** As its coordinator calls a transaction. */
const ended = { CompleteCommit: true, CompleteAbort: false } as const
const isEnding = new Set(['Ongoing', 'PrepareCommit', 'PrepareAbort', 'PrepareEpochFence'])

export class HangingTransactions {
  readonly #options: HangingOptions
  readonly #stuck = new Map<string, Stuck>()
  readonly #atWork = new Set<bigint>()

  constructor(options: HangingOptions) {
    this.#options = options
  }

  /** `stable`: up to there a partition can be read; `end`: up to there it is stored. */
  note(topic: string, partition: number, stable: number, end: number): void {
    const key = `${partition}:${topic}`
    const stuck = this.#stuck.get(key)
    if (stable >= end) return void this.#stuck.delete(key)
    if (stuck?.stable !== stable) return this.#wait(key, stable, this.#options.openMsMax)
    if (performance.now() < stuck.until) return
    this.#wait(key, stable, this.#apartMsMax, stuck.tries + 1)
    this.#endAll({ topic, partition }, stable).catch((error: unknown) => {
      if (stuck.tries + 1 >= triesMax) this.#options.onHopeless(hopeless({ topic, partition }, stable, error))
    })
  }

  #wait(key: string, stable: number, ms: number, tries = 0): void {
    this.#stuck.set(key, { stable, tries, until: performance.now() + ms + Math.random() * this.#apartMsMax })
  }

  get #apartMsMax(): number {
    return this.#options.apartMsMax ?? apartMsMaxDefault
  }

  async #endAll(place: PartitionId, stable: number): Promise<void> {
    for (const { producer, start } of await this.#openIn([place])) if (start === stable) await this.#endOnce(producer)
  }

  async #endOnce(producer: Producer): Promise<void> {
    if (this.#atWork.has(producer.id)) return
    this.#atWork.add(producer.id)
    try {
      await this.#end(producer)
    } finally {
      this.#atWork.delete(producer.id)
    }
  }

  async #end(producer: Producer): Promise<void> {
    const { ledger, partitions } = this.#options
    const open = await this.#openIn([{ topic: ledger, partition: 0 }, ...partitions()])
    const places = open.filter(each => each.producer.id === producer.id && each.producer.epoch === producer.epoch).map(({ place }) => place)
    if (places.length === 0) return
    const transactionalId = await this.#idOf(producer.id)
    const state = await this.#stateOf(transactionalId)
    if (isEnding.has(state.name)) return
    // The ledger knows how a transaction ended of which some parts have their marks, unless its own part has none.
    const isCommitted = places.some(({ topic }) => topic === ledger) ? asItsCoordinatorSays(producer, transactionalId, state) : await this.#asTheLedgerSays(producer)
    await this.#mark(transactionalId, places, isCommitted)
  }

  async #asTheLedgerSays(producer: Producer): Promise<boolean> {
    const { cluster, wasCommitted } = this.#options
    if ((await transactionProtocol(cluster)).isAnnounced) throw new Error('this cluster does not tell the transactions of a producer apart (transaction.version 2 does)')
    return wasCommitted(producer)
  }

  async #openIn(places: readonly PartitionId[]): Promise<readonly { readonly place: PartitionId, readonly producer: Producer, readonly start: number }[]> {
    const { cluster } = this.#options
    const answers = await askLeaders(cluster, places, (connection, own) => {
      const topics = Array.from(Map.groupBy(own, ({ topic }) => topic), ([name, parts]) => ({ name, partitionIndexes: parts.map(({ partition }) => partition) }))
      return cluster.kafka.describeProducersV0.api.async(connection, topics)
    })
    return answers.flatMap(({ topics }) => topics.flatMap(({ name, partitions }) => partitions.flatMap(({ partitionIndex, activeProducers }) => (
      activeProducers.filter(({ currentTxnStartOffset }) => currentTxnStartOffset >= 0n).map(({ producerId, producerEpoch, currentTxnStartOffset }) => (
        { place: { topic: name, partition: partitionIndex }, producer: { id: producerId, epoch: producerEpoch }, start: Number(currentTxnStartOffset) }
      ))
    ))))
  }

  async #idOf(producer: bigint): Promise<string> {
    const { cluster } = this.#options
    for (const number of await cluster.numbers()) {
      const { transactionStates } = await cluster.ask({ to: 'broker', number }, connection => cluster.kafka.listTransactionsV0.api.async(connection, [], [producer], -1n, null))
      if (transactionStates[0]) return transactionStates[0].transactionalId
    }
    throw new Error(`no coordinator knows of producer ${producer}`)
  }

  async #stateOf(transactionalId: string): Promise<State> {
    const { cluster } = this.#options
    const { transactionStates: [state] } = await cluster.ask({ to: 'transaction', id: transactionalId }, connection => cluster.kafka.describeTransactionsV0.api.async(connection, [transactionalId]))
    return { name: state!.transactionState, epoch: state!.producerEpoch }
  }

  async #mark(transactionalId: string, places: readonly PartitionId[], isCommitted: boolean): Promise<void> {
    const { cluster } = this.#options
    const { kafka } = cluster
    const route = { to: 'transaction', id: transactionalId } as const
    const { producerId, producerEpoch } = await cluster.ask(route, connection => kafka.initProducerIdV4.api.async(connection, transactionalId, timeoutMs, -1n, -1))
    const topics = Array.from(Map.groupBy(places, ({ topic }) => topic), ([name, own]) => ({ name, partitions: own.map(({ partition }) => partition) }))
    await cluster.ask(route, connection => kafka.addPartitionsToTxnV3.api.async(connection, [{ transactionalId, producerId, producerEpoch, verifyOnly: false, topics }]))
    await cluster.ask(route, connection => kafka.endTxnV3.api.async(connection, transactionalId, producerId, producerEpoch, isCommitted))
  }
}

interface State {
  readonly name: string
  readonly epoch: number
}

/** Where it has ended no other since: it counts the epoch up as it aborts one, and in the newer way as it ends one. */
function asItsCoordinatorSays({ epoch }: Producer, transactionalId: string, state: State): boolean {
  if (state.name in ended && epoch >= state.epoch - 1) return ended[state.name as keyof typeof ended]
  throw new Error(`what became of it is not known any more: '${transactionalId}' is ${state.name}, in epoch ${state.epoch} after ${epoch}`)
}

function hopeless({ topic, partition }: PartitionId, offset: number, cause: unknown): LogError {
  const why = cause instanceof LogError || !(cause instanceof Error) || 'apiId' in cause || 'errors' in cause ? logError('it could not be ended from here', cause).message : cause.message
  return new LogError('HANGING_TRANSACTION', `a transaction hangs in partition ${partition} of Kafka topic '${topic}' at offset ${offset}: its end was lost as its broker was killed, and nothing behind it can be read; ${why}; `
    + `end it with kafka-transactions.sh --bootstrap-server HOST:PORT abort --topic ${topic} --partition ${partition} --start-offset ${offset}, as a user who may alter the cluster, and run the same command again`, { cause })
}

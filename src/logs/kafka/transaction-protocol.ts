// The two ways in which brokers take transactions. In the newer one (Kafka 4, KIP-890) partitions and groups join a transaction by what is sent to them, which spares a round
// trip, and each transaction has an epoch of its own: what comes late is never taken for a part of the next one.
import type { Connection, Kafka } from './client.ts'
import type { Cluster } from './cluster.ts'
import type { Producer } from './records.ts'

export interface TransactionProtocol {
  /** Partitions and groups are made known to the coordinator before anything is sent to them. */
  readonly isAnnounced: boolean
  readonly produce: Kafka['produceV9']['api']
  readonly sendOffsets: Kafka['txnOffsetCommitV3']['api']
  /** Gives whose the next transaction is. */
  readonly end: (connection: Connection, transactionalId: string, producer: Producer, isCommitted: boolean) => Promise<Producer>
}

/** As the cluster has finally agreed on: all its brokers take it. */
export async function transactionProtocol(cluster: Cluster): Promise<TransactionProtocol> {
  const { kafka } = cluster
  const { finalizedFeatures = [] } = await cluster.ask({ to: 'anyone' }, async () => kafka.apiVersionsV3.api.async(await cluster.anyone(), 'batchwork', '1'))
  const level = finalizedFeatures.find(({ name }) => name === 'transaction.version')?.maxVersionLevel ?? 0
  return level >= 2 ? newer(kafka) : older(kafka)
}

function older(kafka: Kafka): TransactionProtocol {
  return {
    isAnnounced: true, produce: kafka.produceV9.api, sendOffsets: kafka.txnOffsetCommitV3.api,
    end: async (connection, transactionalId, producer, isCommitted) => {
      await kafka.endTxnV3.api.async(connection, transactionalId, producer.id, producer.epoch, isCommitted)
      return producer
    },
  }
}

/** The client does not know these versions. They are laid out as those before, but for the answer to the end. */
function newer(kafka: Kafka): TransactionProtocol {
  const { produceV11, txnOffsetCommitV4, endTxnV4, createAPI } = kafka
  const endTxn = createAPI<[string, bigint, number, boolean], Producer>(endTxnV4.api.key, 5, endTxnV4.createRequest, (_, key, version, reader) => {
    reader.readInt32()
    const [code, id, epoch] = [reader.readInt16(), reader.readInt64(), reader.readInt16()]
    reader.readTaggedFields()
    if (code !== 0) throw new kafka.ResponseError(key, version, { '/': [code, null] }, {})
    return { id, epoch }
  })
  return {
    isAnnounced: false,
    produce: createAPI(produceV11.api.key, 12, produceV11.createRequest, produceV11.parseResponse),
    sendOffsets: createAPI(txnOffsetCommitV4.api.key, 5, txnOffsetCommitV4.createRequest, txnOffsetCommitV4.parseResponse),
    end: (connection, transactionalId, { id, epoch }, isCommitted) => endTxn.async(connection, transactionalId, id, epoch, isCommitted),
  }
}

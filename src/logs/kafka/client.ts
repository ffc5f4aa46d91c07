// The Kafka client is an optional package, imported only when a Kafka engine is opened. Of it the protocol is used: its connections, its coding of requests
// and records. What it builds on them is not: docs/decisions/0019-kafka-engine.md says what was found there.
import type * as Client from '@platformatic/kafka'
import { BatchworkError } from '../../model/errors.ts'

export type { Connection, ConnectionOptions, ConnectionPool } from '@platformatic/kafka'
export type Kafka = typeof Client

export async function kafkaClient(): Promise<Kafka> {
  try {
    return await import('@platformatic/kafka')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new BatchworkError('MISSING_PACKAGE', `work on Kafka needs the package '@platformatic/kafka', which is not installed; install it: npm install @platformatic/kafka`, { cause: error })
  }
}

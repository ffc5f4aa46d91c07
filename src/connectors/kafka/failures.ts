// What goes wrong with a topic of others, as a person should read it: the same causes as for the engine's own topics, and other things to do about them.
import { logError, whatToDo, type Advice } from '../../logs/kafka/failures.ts'
import { BatchworkError, LogError, type PermanentError } from '../../model/errors.ts'
import { SinkError } from '../../sinks/sink-error.ts'
import { SourceError } from '../../sources/source-error.ts'

const aboutReading: Advice = {
  ...whatToDo,
  TOPIC_AUTHORIZATION_FAILED: 'this user may not read it; grant it Read and Describe on the topic',
  UNKNOWN_TOPIC_OR_PARTITION: 'there is no such topic on these brokers, or this user may not see it; check the name, and grant the user Read and Describe on the topic',
}

const aboutWriting: Advice = {
  ...whatToDo,
  TOPIC_AUTHORIZATION_FAILED: "this user may not write to it; grant it Write and Describe on the topic, and Read too, which Kafka asks for to keep there what was written; transactions: false does without Read",
  UNKNOWN_TOPIC_OR_PARTITION: 'there is no such topic on these brokers, or this user may not see it; check the name, and grant the user Write and Describe on the topic',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "this user may not write in transactions; grant it Write and Describe on transactional ids that begin with the address's prefix ('batchwork' by default), or give the topic transactions: false",
  GROUP_AUTHORIZATION_FAILED: "this user may not keep there what was written; grant it Read on groups that begin with the address's prefix ('batchwork' by default), or give the topic transactions: false",
  CLUSTER_AUTHORIZATION_FAILED: 'this user may not write without doubles; grant it IdempotentWrite on the cluster',
  NOT_ENOUGH_REPLICAS: 'fewer brokers have the topic than its min.insync.replicas; start them, or lower that setting',
}

export function sourceError(topic: string, error: unknown): BatchworkError {
  if (error instanceof BatchworkError && !(error instanceof LogError)) return error
  return new SourceError(textOf(`Kafka topic '${topic}' cannot be read`, error, aboutReading), { cause: error })
}

export function sinkError(topic: string, error: unknown): BatchworkError | PermanentError {
  if (error instanceof BatchworkError && !(error instanceof LogError)) return error
  return new SinkError(textOf(`Kafka topic '${topic}' cannot be written to`, error, aboutWriting), { cause: error })
}

/** What a LogError says was made for the engine's own topics; the failure behind it is told anew. */
function textOf(what: string, error: unknown, advice: Advice): string {
  const isNamed = error instanceof LogError && (error.code === 'UNREACHABLE' || error.cause === undefined)
  return isNamed ? `${what}: ${error.message}` : logError(what, error instanceof LogError ? error.cause : error, advice).message
}

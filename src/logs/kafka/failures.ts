// What went wrong, by Kafka's own names of errors: which of them pass, which mean that another took over, and which a person has to mend.
import { LogError } from '../../model/errors.ts'
import type { ConnectionOptions } from './client.ts'

/** NETWORK stands for a connection that was lost or never made: whether the broker did what was asked is not known. */
export type FailureCode = string

const passing = new Set<FailureCode>([
  'NETWORK', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_OR_FOLLOWER', 'REQUEST_TIMED_OUT', 'BROKER_NOT_AVAILABLE', 'REPLICA_NOT_AVAILABLE', 'NETWORK_EXCEPTION',
  'COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR', 'NOT_ENOUGH_REPLICAS', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'NOT_CONTROLLER',
  'CONCURRENT_TRANSACTIONS', 'KAFKA_STORAGE_ERROR', 'FENCED_LEADER_EPOCH', 'UNKNOWN_LEADER_EPOCH', 'OFFSET_NOT_AVAILABLE', 'UNSTABLE_OFFSET_COMMIT',
  'UNKNOWN_TOPIC_OR_PARTITION', 'THROTTLING_QUOTA_EXCEEDED', 'OPERATION_NOT_ATTEMPTED',
])

/** The member is none any more, or a newer generation began. */
const overtaken = new Set<FailureCode>(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID', 'REBALANCE_IN_PROGRESS'])
const producerIsOut = new Set<FailureCode>(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING', 'INVALID_TXN_STATE', 'TRANSACTION_COORDINATOR_FENCED', 'UNKNOWN_PRODUCER_ID', 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'TRANSACTION_ABORTABLE'])

export const isPassing = (codes: readonly FailureCode[]): boolean => codes.length > 0 && codes.every(code => passing.has(code))
export const isOvertaken = (codes: readonly FailureCode[]): boolean => codes.some(code => overtaken.has(code))
export const isProducerOut = (codes: readonly FailureCode[]): boolean => codes.some(code => producerIsOut.has(code))

interface ClientError {
  readonly code?: string
  readonly apiId?: string
  readonly message?: string
  readonly errors?: readonly ClientError[]
  readonly cause?: unknown
}

/** All that an error of the client says went wrong. Empty: it is none of the client's. */
export function codesOf(error: unknown): readonly FailureCode[] {
  if (typeof error !== 'object' || error === null) return []
  const { code, message, apiId, errors, cause } = error as ClientError
  if (apiId !== undefined) return [apiId]
  if (errors !== undefined) return [...new Set(errors.flatMap(codesOf))]
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return ['CERTIFICATE_NAME']
  if (code !== undefined && certificateRefused.test(code)) return ['CERTIFICATE']
  if (!code?.startsWith('PLT_KFK_')) return []
  // The client wraps what it met while it connected: the inside says whether that passes.
  const inner = codesOf(cause)
  if (inner.length > 0) return inner
  if (cause !== undefined) return ['NETWORK']
  if (code === 'PLT_KFK_AUTHENTICATION') return ['SASL_AUTHENTICATION_FAILED']
  if (code === 'PLT_KFK_USER') return [message?.includes('requires TLS') ? 'TLS_REQUIRED' : 'USER']
  return ['NETWORK']
}

/** Node's names of what may be wrong with a certificate. */
const certificateRefused = /^(CERT_|CRL_|UNABLE_TO_(GET|VERIFY|DECODE)_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_(CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$)/

/** What a person can do about a failure. */
export type Advice = Readonly<Record<FailureCode, string>>

/** About topics of the engine's own. */
export const whatToDo: Advice = {
  SASL_AUTHENTICATION_FAILED: 'the broker did not accept the credentials; check mechanism, user and password: in the address, in sasl of kafka(), or in BATCHWORK_KAFKA_USER and BATCHWORK_KAFKA_PASSWORD; a token, in BATCHWORK_KAFKA_TOKEN, may be over',
  UNSUPPORTED_SASL_MECHANISM: 'the broker does not offer that mechanism at this port; set mechanism to one of its sasl.enabled.mechanisms',
  ILLEGAL_SASL_STATE: 'the broker takes no user at this port; leave user and password out, or give the port of its SASL listener',
  CERTIFICATE: "the broker's certificate is not trusted; give the certificate of the authority that signed it, as PEM: ca=FILE in the address, or tls.ca of kafka()",
  CERTIFICATE_NAME: "the broker's certificate is for other hosts; give the broker by a name that is in it, and let its advertised.listeners name that too",
  TLS_REQUIRED: 'the broker speaks TLS at this port; begin the address with kafka+tls://, or give tls to kafka()',
  MESSAGE_TOO_LARGE: 'it is larger than max.message.bytes of the topic; raise that, or keep what is large in a file and let the item name it (claim check)',
  RECORD_LIST_TOO_LARGE: 'it is larger than segment.bytes of the topic; keep what is large in a file and let the item name it (claim check)',
  INVALID_REPLICATION_FACTOR: 'there are fewer brokers than that; give the engine a smaller replication factor, or start more brokers',
  TOPIC_AUTHORIZATION_FAILED: "this user may not do that; grant it Create, Describe, Read, Write and Delete on topics that begin with the engine's prefix",
  GROUP_AUTHORIZATION_FAILED: "this user may not do that; grant it Read on groups that begin with the engine's prefix",
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "this user may not do that; grant it Write on transactional ids that begin with the engine's prefix",
  CLUSTER_AUTHORIZATION_FAILED: 'this user may not do that; grant it Create and IdempotentWrite on the cluster',
  OFFSET_OUT_OF_RANGE: 'what was to be read has been deleted, by retention or by a person',
  INVALID_TOPIC_EXCEPTION: "the broker takes no topic of that name: one may exist that differs only in '.' and '_'",
}

/** What Kafka has no word for, as it is found on this side. */
const foundHere = new Set<FailureCode>(['CERTIFICATE', 'CERTIFICATE_NAME', 'TLS_REQUIRED'])

/** As a person should read it. */
export function logError(what: string, error: unknown, advice: Advice = whatToDo): LogError {
  if (error instanceof LogError) return error
  const codes = codesOf(error)
  const [code] = codes
  const root = error instanceof Error ? rootOf(error).message : String(error)
  const said = code !== undefined && foundHere.has(code) ? root.replace(/[.: ]+$/, '') : `Kafka said ${codes.join(', ') || 'no more'}`
  const next = codes.map(each => advice[each]).find(text => text !== undefined) ?? root
  return new LogError(code ?? 'KAFKA', `${what}: ${said}: ${next}`, { cause: error })
}

/** Why nobody answers. A broker that wants something else than it is given often just ends the connection. */
export function adviceOnSilence(error: unknown, { tls, sasl }: Pick<ConnectionOptions, 'tls' | 'sasl'>): string {
  const root = error instanceof Error ? rootOf(error).message : ''
  if (root.includes('before secure TLS connection') || root.includes('wrong version number')) return 'it may not speak TLS at this port: begin the address with kafka://, or give the port of its TLS listener'
  if (!root.startsWith('Connection closed')) return 'check the address, that the broker runs, and that its advertised.listeners can be reached from here'
  const wanted = [...tls ? [] : ['TLS (kafka+tls://)'], ...sasl ? [] : ['a user and a password (BATCHWORK_KAFKA_USER, BATCHWORK_KAFKA_PASSWORD)'], ...tls && tls.cert === undefined ? ['a certificate of yours (cert, key)'] : []]
  return `the broker ended the connection: ${wanted.length > 0 ? `it may want ${wanted.join(', or ')}` : 'its log says why'}`
}

/** It was stored as a whole or not at all, and this process cannot find out which. */
export function outcomeUnknown(cause: unknown): LogError {
  return new LogError('OUTCOME_UNKNOWN', 'the acknowledgement of a commit was lost: it was stored as a whole or not at all; open the log again and read the progress', { cause })
}

/** The innermost cause says most. */
export function rootOf(error: Error): Error {
  const inner = error instanceof AggregateError ? error.errors.find(each => each instanceof Error) : error.cause
  return inner instanceof Error ? rootOf(inner) : error
}

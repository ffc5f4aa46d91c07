// Which log a client works on: a folder on this machine, or what a user's code brings along.
import type { Log } from '../log.ts'
import type { EmbeddedOptions } from '../logs/embedded/embedded-log.ts'
import { checkedParts, checkPem, defaultParts, defaultPrefix, kafkaAddress, shownAddress, type KafkaAddress } from '../logs/kafka/address.ts'
import { BatchworkError, OptionError } from '../model/errors.ts'
import { millisecondsOf, type Duration } from '../model/values.ts'

export interface Engine {
  readonly kind: string
}

interface OpenableEngine extends Engine {
  open(): Promise<Log>
}

/** A store in this folder, made where there is none. `durability: 'relaxed'` may lose the last commits when the power fails. */
export function embedded(path: string, options: EmbeddedOptions = {}): Engine {
  const engine: OpenableEngine = { kind: 'embedded', open: async () => (await import('../logs/embedded/embedded-log.ts')).openEmbedded(path, options) }
  return engine
}

export interface KafkaOptions {
  /** As 'host:port'; the port is 9092 where it is left out. One is enough, more help when it is down. */
  readonly brokers: string | readonly string[]
  /** What the names of all topics, groups and transactional ids begin with: letters, digits and '-'. Default 'batchwork'. */
  readonly prefix?: string | undefined
  /** Speaks TLS; certificates as PEM. Default false. */
  readonly tls?: boolean | { readonly ca?: string | Buffer; readonly cert?: string | Buffer; readonly key?: string | Buffer } | undefined
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER'
    readonly username?: string
    readonly password?: string
    readonly token?: string
  } | undefined
  /** Of topics that are made. Default: what the brokers are set to. */
  readonly replicationFactor?: number | undefined
  /** After how long a process that is not heard of counts as gone. Default '10s'. */
  readonly sessionTimeout?: Duration | undefined
  /**
   * Partitions of each topic that is made, for each level of priority, and lanes of each stage that can be divided: as many processes can work on it at
   * once. What exists keeps what it has. Default 8.
   */
  readonly parts?: number | undefined
}

/**
 * A Kafka cluster. Needs the package '@platformatic/kafka'. As text: kafka://host:port,host:port/prefix.
 *
 *     const client = await connect({ engine: kafka({ brokers: 'localhost:9092' }) })
 */
export function kafka(options: KafkaOptions): Engine {
  return kafkaAt(addressOf(options))
}

function kafkaAt(address: KafkaAddress): OpenableEngine {
  return { kind: 'kafka', open: async () => (await import('../logs/kafka/kafka-log.ts')).openKafka(address) }
}

function addressOf({ brokers, prefix = defaultPrefix, tls = false, sasl, replicationFactor, sessionTimeout = '10s', parts = defaultParts }: KafkaOptions): KafkaAddress {
  const list = [brokers].flat()
  if (list.length === 0) throw new OptionError('brokers', brokers, "at least one 'host:port'")
  if (typeof tls === 'object') checkPem(tls)
  return {
    ...kafkaAddress(`kafka://${list.join(',')}/${prefix}`),
    connection: { ...tls === false ? {} : { tls: tls === true ? {} : tls }, ...sasl ? { sasl } : {} },
    replicationFactor: replicationFactor ?? -1,
    sessionTimeoutMs: millisecondsOf(sessionTimeout, 'sessionTimeout'),
    parts: checkedParts(parts),
  }
}

export const defaultFolder = '.batchwork'

/** An engine as text: a folder, 'embedded' for ./.batchwork, or kafka://host:port. */
export function engineOf(given: string | Engine = process.env['BATCHWORK_ENGINE'] || defaultFolder): OpenableEngine {
  if (typeof given !== 'string') {
    if ('open' in given) return given as OpenableEngine
    throw new BatchworkError('ENGINE', `an engine of kind '${given.kind}' cannot be opened; use embedded(path), kafka({ brokers }), or a folder's path`)
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(given)?.[1]
  if (isKafka(given)) return kafkaAt(kafkaAddress(given))
  if (scheme) throw new BatchworkError('ENGINE', `engine '${shownAddress(given)}': there is no engine '${scheme}://'; give a folder, kafka://host:port, or leave the engine out for ./${defaultFolder}`)
  return embedded(given === 'embedded' ? defaultFolder : given) as OpenableEngine
}

export function isKafka(given: string): boolean {
  return /^kafka(\+tls)?:\/\//.test(given)
}

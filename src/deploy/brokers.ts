// The engine's address as a pod gets it: without secrets, which come from Secrets by variables that the engine reads (src/logs/kafka/address.ts).
import { defaultPrefix, kafkaAddress, shownAddress, type Broker } from '../logs/kafka/address.ts'
import { BatchworkError, OptionError } from '../model/errors.ts'
import type { Configuration } from './configuration.ts'

export type Mechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER'

export interface Brokers {
  /** As for --engine. */
  readonly address: string
  readonly servers: readonly Broker[]
  readonly prefix: string
  /** Into how many the work of a stage is divided. */
  readonly parts: number
  readonly isTls: boolean
  readonly mechanism: Mechanism | undefined
  /** Certificates: files in the pod. */
  readonly files: ReadonlyMap<'ca' | 'cert' | 'key', string>
}

const fileSetting = /([?&])(ca|cert|key)=([^&]*)/g

/** Throws BatchworkError for an address with a secret in it, or one that a pod cannot reach. */
export function brokersOf(address: string, { secrets, values }: Configuration): Brokers {
  if (!/^kafka(\+tls)?:\/\//.test(address)) throw new OptionError('--engine', address, "the address of a Kafka cluster, such as 'kafka://kafka.default:9092': a folder would go with its pod")
  if (/:\/\/[^/?]*@/.test(address) || /[?&](?:user|password|token)=/.test(address)) {
    throw new BatchworkError('USAGE', `--engine '${shownAddress(address)}' has a user, a password or a token in it, which would stand in plain text in the manifests; leave it out and give --secret-env BATCHWORK_KAFKA_USER=SECRET:KEY and --secret-env BATCHWORK_KAFKA_PASSWORD=SECRET:KEY`)
  }
  if (!/^[!-~]+$/.test(address)) throw new OptionError('--engine', address, 'an address of printable ASCII characters')
  const files = new Map([...address.matchAll(fileSetting)].map(([, , name, path]) => [name as 'ca', fileIn(name!, decodeURIComponent(path!))]))
  // The files are in the pod, not here.
  const withoutFiles = address.replace(fileSetting, '$1').replaceAll(/&{2,}/g, '&').replaceAll(/\?&+/g, '?').replace(/[?&]$/, '')
  const given = Object.fromEntries([...values.keys(), ...secrets.map(({ name }) => name)].map(name => [name, 'given']))
  const { brokers, prefix, parts, connection } = kafkaAddress(withoutFiles, given)
  for (const { host } of brokers) checkHost(host)
  return { address, servers: brokers, prefix: prefix || defaultPrefix, parts, isTls: address.startsWith('kafka+tls:'), mechanism: connection.sasl?.mechanism as Mechanism | undefined, files }
}

function fileIn(name: string, path: string): string {
  if (!/^(?:\/[\w.-]+)+$/.test(path)) throw new OptionError(`--engine's ${name}`, path, "the absolute path of a file in the pod: in the image, or in a folder of --secret-files")
  return path
}

function checkHost(host: string): void {
  if (/^(?:localhost|127\.|0\.0\.0\.0|::1?$)/i.test(host)) throw new OptionError("--engine's broker", host, 'an address that pods reach: to a pod this one is the pod itself')
  if (!/^[a-zA-Z0-9:.-]{1,253}$/.test(host)) throw new OptionError("--engine's broker", host, 'a host name or an address')
}

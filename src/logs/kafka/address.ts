// Where the brokers are and how to speak to them, as text: kafka://host:port[,host:port][/prefix][?setting=value]. kafka+tls:// speaks TLS.
import { readFileSync } from 'node:fs'
import { BatchworkError, LogError, OptionError } from '../../model/errors.ts'
import type { ConnectionOptions } from './client.ts'

export interface Broker {
  readonly host: string
  readonly port: number
}

export interface KafkaAddress {
  readonly brokers: readonly Broker[]
  readonly prefix: string
  readonly connection: Pick<ConnectionOptions, 'tls' | 'sasl'>
  /** -1: the cluster's default. */
  readonly replicationFactor: number
  readonly sessionTimeoutMs: number
  /** Of each topic that is made, and of each stage that can be divided: as many processes can work on it. */
  readonly parts: number
}

export const defaultPrefix = 'batchwork'
const defaultPort = 9092
const defaultSessionTimeoutMs = 10_000
export const defaultParts = 8
const partsMax = 1_000
const settings = ['ca', 'cert', 'key', 'mechanism', 'user', 'password', 'token', 'replication', 'sessionTimeoutMs', 'parts'] as const
const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const

/** They end a part of an address. */
const specials = '/ ? @ & %'
const ofTls = ['ca', 'cert', 'key'] as const

type Setting = (typeof settings)[number]

/** Secrets that are not in the address are taken from BATCHWORK_KAFKA_USER, _PASSWORD and _TOKEN. */
export function kafkaAddress(text: string, environment: Readonly<Record<string, string | undefined>> = process.env): KafkaAddress {
  const match = /^kafka(\+tls)?:\/\/(?:([^@/?]*)@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(text)
  if (!match) throw refused(text, 'an address such as kafka://localhost:9092')
  const [, tls, userInfo, hosts = '', path = '', query = ''] = match
  const given = settingsIn(text, query)
  if (tls === undefined) for (const name of ofTls) if (given.has(name)) throw refused(text, `kafka+tls:// where '${name}' is given`)
  const prefix = decoded(text, path).replace(/\/$/, '') || defaultPrefix
  if (!/^[a-zA-Z0-9-]{1,60}$/.test(prefix)) throw refused(text, "a prefix of letters, digits and '-', up to 60, after the '/'", prefix)
  return {
    prefix,
    brokers: hosts.split(',').map(host => brokerOf(text, host)),
    connection: { ...tls === undefined ? {} : { tls: tlsOf(text, given) }, ...saslOf(text, given, userInfo, environment) },
    replicationFactor: wholeNumber(text, 'replication', given.get('replication'), -1),
    sessionTimeoutMs: wholeNumber(text, 'sessionTimeoutMs', given.get('sessionTimeoutMs'), defaultSessionTimeoutMs),
    parts: checkedParts(wholeNumber(text, 'parts', given.get('parts'), defaultParts)),
  }
}

/** Throws OptionError. */
export function checkedParts(parts: number): number {
  if (Number.isInteger(parts) && parts >= 1 && parts <= partsMax) return parts
  throw new OptionError('parts', parts, `a whole number from 1 to ${partsMax}: as many processes can work on a stage`)
}

/** Without what is secret: for messages. Rather too little than too much, as a secret may hold what ends a part of an address. */
export function shownAddress(text: string): string {
  return text.replace(new RegExp(`([?&](?:password|token|user)=)(?:(?!&(?:${settings.join('|')})=).)*`, 'gs'), '$1…').replace(/:\/\/.*@/s, '://')
}

/** Throws LogError where the mechanism needs what is not given. */
export function checkCredentials({ sasl }: KafkaAddress['connection']): void {
  if (!sasl) return
  const missing = (sasl.mechanism === 'OAUTHBEARER' ? ['token'] as const : ['username', 'password'] as const).filter(name => sasl[name] === undefined)
  if (missing.length > 0) throw new LogError('CREDENTIALS', `SASL ${sasl.mechanism} needs ${missing.join(' and ')}, and there is none; set ${missing.map(name => `BATCHWORK_KAFKA_${name === 'username' ? 'USER' : name.toUpperCase()}`).join(' and ')}, or give it in sasl of kafka()`)
}

/** Throws BatchworkError where one is no PEM, or the key for a certificate is missing. */
export function checkPem(tls: { readonly ca?: string | Buffer; readonly cert?: string | Buffer; readonly key?: string | Buffer }): void {
  for (const name of ofTls) if (tls[name] !== undefined && !String(tls[name]).includes('-----BEGIN ')) throw new BatchworkError('ENGINE', `'${name}' for TLS holds no PEM: expected text with '-----BEGIN'; kafka() takes the text itself, an address the name of a file with it`)
  if ((tls.cert === undefined) !== (tls.key === undefined)) throw new BatchworkError('ENGINE', `'cert' and 'key' for TLS belong together, and '${tls.cert === undefined ? 'cert' : 'key'}' is missing; give both or neither`)
}

function settingsIn(text: string, query: string): ReadonlyMap<Setting, string> {
  // Secrets are often in base64: here a plus is a plus.
  const given = new URLSearchParams(query.replaceAll('+', '%2B'))
  for (const name of given.keys()) if (!settings.includes(name as Setting)) throw refused(text, `only the settings ${settings.join(', ')}`, name)
  return new Map([...given] as [Setting, string][])
}

function brokerOf(text: string, host: string): Broker {
  const match = /^(\[[0-9a-fA-F:]+\]|[^:@]+)(?::(\d{1,5}))?$/.exec(host.trim())
  const port = Number(match?.[2] ?? defaultPort)
  if (!match || port < 1 || port > 65_535) throw refused(text, 'brokers as host:port, with commas between them', host)
  return { host: match[1]!.replace(/^\[|\]$/g, ''), port }
}

function tlsOf(text: string, given: ReadonlyMap<Setting, string>): NonNullable<ConnectionOptions['tls']> {
  const tls = Object.fromEntries(ofTls.flatMap(name => (given.has(name) ? [[name, contentOf(text, name, given.get(name)!)] as const] : [])))
  checkPem(tls)
  return tls
}

function contentOf(text: string, name: Setting, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw refused(text, `a file that can be read as '${name}': ${(error as Error).message}`)
  }
}

function saslOf(text: string, given: ReadonlyMap<Setting, string>, userInfo: string | undefined, environment: Readonly<Record<string, string | undefined>>): Pick<ConnectionOptions, 'sasl'> {
  const [user, password] = (userInfo ?? '').split(':').map(part => (part === '' ? undefined : decoded(text, part)))
  const username = given.get('user') ?? user ?? environment['BATCHWORK_KAFKA_USER']
  const token = given.get('token') ?? environment['BATCHWORK_KAFKA_TOKEN']
  const mechanism = given.get('mechanism') ?? (token !== undefined ? 'OAUTHBEARER' : username === undefined ? undefined : 'PLAIN')
  if (mechanism === undefined) return {}
  const known = mechanisms.find(name => name === mechanism)
  if (known === undefined) throw refused(text, `a SASL mechanism of ${mechanisms.join(', ')}, not '${mechanism}'`)
  const secret = given.get('password') ?? password ?? environment['BATCHWORK_KAFKA_PASSWORD']
  const credentials = Object.fromEntries(Object.entries({ username, password: secret, token }).filter(([, value]) => value !== undefined))
  return { sasl: { mechanism: known, ...credentials } }
}

function wholeNumber(text: string, name: Setting, given: string | undefined, otherwise: number): number {
  if (given === undefined) return otherwise
  if (!/^\d{1,8}$/.test(given) || Number(given) < 1) throw refused(text, `a whole number for ${name}, not '${given}'`)
  return Number(given)
}

function decoded(text: string, part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw refused(text, 'two digits from 0 to f after each %', part)
  }
}

/** What was found is named only where it is not, perhaps, a piece of a secret. */
function refused(text: string, expected: string, found?: string): BatchworkError {
  const shown = shownAddress(text)
  const not = found === undefined ? '' : shown.includes(found) ? `, not '${found}'` : `; in a user, password or token, write ${specials} as %2F, %3F, %40, %26 and %25, or give it by environment`
  return new BatchworkError('ENGINE', `engine '${shown}' is not understood: expected ${expected}${not}`)
}

// Where the brokers are and how to speak to them, as text: kafka://host:port[,host:port][/prefix][?setting=value]. kafka+tls:// speaks TLS.
import { readFileSync } from 'node:fs'
import { BatchworkError } from '../../model/errors.ts'
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
}

export const defaultPrefix = 'batchwork'
const defaultPort = 9092
const defaultSessionTimeoutMs = 10_000
const settings = ['ca', 'cert', 'key', 'mechanism', 'user', 'password', 'token', 'replication', 'sessionTimeoutMs'] as const
const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const

type Setting = (typeof settings)[number]

/** Secrets that are not in the address are taken from BATCHWORK_KAFKA_USER, _PASSWORD and _TOKEN. */
export function kafkaAddress(text: string, environment: Readonly<Record<string, string | undefined>> = process.env): KafkaAddress {
  const match = /^kafka(\+tls)?:\/\/(?:([^@/]*)@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(text)
  if (!match) throw refused(text, 'an address such as kafka://localhost:9092')
  const [, tls, userInfo, hosts = '', path = '', query = ''] = match
  const given = settingsIn(text, query)
  const prefix = decodeURIComponent(path).replace(/\/$/, '') || defaultPrefix
  if (!/^[a-zA-Z0-9-]{1,60}$/.test(prefix)) throw refused(text, `a prefix of letters, digits and '-', up to 60, after the '/', not '${prefix}'`)
  return {
    prefix,
    brokers: hosts.split(',').map(host => brokerOf(text, host)),
    connection: { ...tls === undefined ? {} : { tls: tlsOf(given) }, ...saslOf(text, given, userInfo, environment) },
    replicationFactor: wholeNumber(text, 'replication', given.get('replication'), -1),
    sessionTimeoutMs: wholeNumber(text, 'sessionTimeoutMs', given.get('sessionTimeoutMs'), defaultSessionTimeoutMs),
  }
}

/** Without what is secret: for messages. */
export function shownAddress(text: string): string {
  return text.replace(/:\/\/[^@/]*@/, '://').replace(/([?&](?:password|token|user)=)[^&]*/g, '$1…')
}

function settingsIn(text: string, query: string): ReadonlyMap<Setting, string> {
  const given = new URLSearchParams(query)
  for (const name of given.keys()) if (!settings.includes(name as Setting)) throw refused(text, `one of the settings ${settings.join(', ')}, not '${name}'`)
  return new Map([...given] as [Setting, string][])
}

function brokerOf(text: string, host: string): Broker {
  const match = /^(\[[0-9a-fA-F:]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(host.trim())
  const port = Number(match?.[2] ?? defaultPort)
  if (!match || port < 1 || port > 65_535) throw refused(text, `brokers as host:port, with commas between them, not '${host}'`)
  return { host: match[1]!.replace(/^\[|\]$/g, ''), port }
}

function tlsOf(given: ReadonlyMap<Setting, string>): NonNullable<ConnectionOptions['tls']> {
  const files = (['ca', 'cert', 'key'] as const).flatMap(name => (given.has(name) ? [[name, readFileSync(given.get(name)!)] as const] : []))
  return Object.fromEntries(files)
}

function saslOf(text: string, given: ReadonlyMap<Setting, string>, userInfo: string | undefined, environment: Readonly<Record<string, string | undefined>>): Pick<ConnectionOptions, 'sasl'> {
  const [user, password] = (userInfo ?? '').split(':').map(part => (part === '' ? undefined : decodeURIComponent(part)))
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

function refused(text: string, expected: string): BatchworkError {
  return new BatchworkError('ENGINE', `engine '${shownAddress(text)}' is not understood: expected ${expected}`)
}

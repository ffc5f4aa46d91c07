import { deepEqual, doesNotMatch, equal, match, rejects, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { kafka } from '../../src/client/engine.ts'
import { kafkaAddress, shownAddress } from '../../src/logs/kafka/address.ts'
import { openKafka } from '../../src/logs/kafka/kafka-log.ts'

test('an address names brokers, with or without ports, and a prefix', () => {
  deepEqual(kafkaAddress('kafka://one:9093,two,[::1]:9094/orders', {}), {
    brokers: [{ host: 'one', port: 9093 }, { host: 'two', port: 9092 }, { host: '::1', port: 9094 }], prefix: 'orders', connection: {}, replicationFactor: -1, sessionTimeoutMs: 10_000, parts: 8,
  })
  const { prefix, replicationFactor, sessionTimeoutMs, parts } = kafkaAddress('kafka://localhost?replication=3&sessionTimeoutMs=30000&parts=32', {})
  deepEqual({ prefix, replicationFactor, sessionTimeoutMs, parts }, { prefix: 'batchwork', replicationFactor: 3, sessionTimeoutMs: 30_000, parts: 32 })
  throws(() => kafkaAddress('kafka://localhost?parts=0', {}), { message: /parts/ })
})

test('TLS and SASL are passed on, and secrets may come from the environment', () => {
  deepEqual(kafkaAddress('kafka+tls://host', {}).connection, { tls: {} })
  deepEqual(kafkaAddress('kafka+tls://ann:s%40cret@host?mechanism=SCRAM-SHA-512', {}).connection, { tls: {}, sasl: { mechanism: 'SCRAM-SHA-512', username: 'ann', password: 's@cret' } })
  deepEqual(kafkaAddress('kafka://host', { BATCHWORK_KAFKA_USER: 'ann', BATCHWORK_KAFKA_PASSWORD: 'secret' }).connection, { sasl: { mechanism: 'PLAIN', username: 'ann', password: 'secret' } })
  deepEqual(kafkaAddress('kafka://host', { BATCHWORK_KAFKA_TOKEN: 'token' }).connection, { sasl: { mechanism: 'OAUTHBEARER', token: 'token' } })
})

test('what is shown of an address has no secrets in it', () => {
  equal(shownAddress('kafka://ann:secret@host:9092/p?password=secret&replication=3'), 'kafka://host:9092/p?password=…&replication=3')
})

test('an address that a secret makes unreadable is refused without a piece of it, and says how to write it', () => {
  for (const address of [
    'kafka://ann:top/secret@host', 'kafka://ann:top?secret@host', 'kafka://ann:top@secret@host', 'kafka://ann:top%secret@host',
    'kafka://host?user=ann&password=top&secret=1', 'kafka://host?password=top@secret&secret', 'kafka://ann:to/p?password=secret&secret@host', 'kafka://host?token=top&secret&replication=3',
  ]) {
    throws(() => kafkaAddress(address, {}), (error: Error) => {
      doesNotMatch(error.message, /top|secret/)
      match(error.message, /write .* as %2F, %3F, %40, %26 and %25, or give it by environment/)
      return true
    }, address)
  }
})

test('a plus in a setting is a plus, as secrets in base64 have them', () => {
  equal(kafkaAddress('kafka://host?user=ann&password=a+b%2Bc', {}).connection.sasl?.password, 'a+b+c')
})

test('certificates are refused that cannot be read, are no PEM, lack their other half, or would not be used', () => {
  const noPem = fileURLToPath(new URL('../../package.json', import.meta.url))
  for (const [address, expected] of [
    ['kafka+tls://host?ca=/nowhere/ca.pem', /expected a file that can be read as 'ca': ENOENT.*\/nowhere\/ca\.pem/], [`kafka+tls://host?ca=${noPem}`, /'ca' for TLS holds no PEM/],
    ['kafka://host?ca=/nowhere/ca.pem', /expected kafka\+tls:\/\/ where 'ca' is given/],
  ] as const) throws(() => kafkaAddress(address, {}), { code: 'ENGINE', message: expected })
  throws(() => kafka({ brokers: 'host', tls: { ca: '/etc/ca.pem' } }), { code: 'ENGINE', message: /kafka\(\) takes the text itself/ })
  throws(() => kafka({ brokers: 'host', tls: { cert: '-----BEGIN CERTIFICATE-----' } }), { code: 'ENGINE', message: /'key' is missing/ })
})

test('a mechanism without what it needs is refused before anything is sent', async () => {
  await rejects(openKafka(kafkaAddress('kafka://host.invalid', { BATCHWORK_KAFKA_USER: 'ann' })), { code: 'CREDENTIALS', message: /PLAIN needs password.*set BATCHWORK_KAFKA_PASSWORD/ })
  await rejects(openKafka(kafkaAddress('kafka://host.invalid?mechanism=SCRAM-SHA-256', {})), { code: 'CREDENTIALS', message: /set BATCHWORK_KAFKA_USER and BATCHWORK_KAFKA_PASSWORD/ })
  await rejects(openKafka(kafkaAddress('kafka://host.invalid?mechanism=OAUTHBEARER', {})), { code: 'CREDENTIALS', message: /set BATCHWORK_KAFKA_TOKEN/ })
})

test('an address that is not understood is refused, with what was expected', () => {
  for (const [address, expected] of [
    ['kafka://', /expected an address such as kafka:/], ['kafka://host:0', /expected brokers as host:port/], ['kafka://host/a.b', /expected a prefix of letters/],
    ['kafka://host?replicas=3', /not 'replicas'/], ['kafka://host?replication=many', /a whole number for replication, not 'many'/], ['kafka://host?mechanism=MD5', /expected a SASL mechanism/],
  ] as const) throws(() => kafkaAddress(address, {}), { code: 'ENGINE', message: expected })
})

test('kafka() takes the same as options, and opens nothing by itself', () => {
  equal(kafka({ brokers: ['one:9092', 'two:9092'], prefix: 'orders', tls: true, replicationFactor: 3, sessionTimeout: '30s' }).kind, 'kafka')
  throws(() => kafka({ brokers: [] }), { code: 'OPTION' })
  throws(() => kafka({ brokers: 'host:not-a-port' }), { code: 'ENGINE' })
})

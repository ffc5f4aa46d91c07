import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { kafka } from '../../src/client/engine.ts'
import { kafkaAddress, shownAddress } from '../../src/logs/kafka/address.ts'

test('an address names brokers, with or without ports, and a prefix', () => {
  deepEqual(kafkaAddress('kafka://one:9093,two,[::1]:9094/orders', {}), {
    brokers: [{ host: 'one', port: 9093 }, { host: 'two', port: 9092 }, { host: '::1', port: 9094 }], prefix: 'orders', connection: {}, replicationFactor: -1, sessionTimeoutMs: 10_000,
  })
  const { prefix, replicationFactor, sessionTimeoutMs } = kafkaAddress('kafka://localhost?replication=3&sessionTimeoutMs=30000', {})
  deepEqual({ prefix, replicationFactor, sessionTimeoutMs }, { prefix: 'batchwork', replicationFactor: 3, sessionTimeoutMs: 30_000 })
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

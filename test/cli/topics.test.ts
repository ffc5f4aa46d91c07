// `topics` on both engines: create, fill, look at, read. What an engine cannot have is refused with what to do.
import { deepEqual, equal, match } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { testBroker } from '../kafka/broker.ts'
import { needs } from '../needs.ts'
import { Workplace } from './workplace.ts'

test('a topic is made on the embedded engine, which has no replication factor', async t => {
  const place = new Workplace(t, { 'mail.ts': "import { topic } from 'batchwork'\nexport const letters = topic<string>('letters', { keepFor: 'always' })\n" })
  const refused = await place.run(['topics', 'create', 'letters', '--replication-factor', '3'])
  equal(refused.code, 1)
  match(refused.stderr, /--replication-factor 3 is for a Kafka engine: .*leave the option out, or give --engine kafka:/)
  equal(existsSync(join(place.folder, '.batchwork')), false)
  match((await place.run(['topics', 'create', 'letters', '--partitions', '12'])).stderr, /cannot have --partitions 12: topics of this store have 3, one for each priority; .*kafkaTopic\(\)/)
  match((await place.run(['topics', 'create', 'letters', '--file', 'mail.ts'])).stdout, /^Topic 'letters' is made, with 3 partitions\.$/m)
  deepEqual(JSON.parse((await place.run(['topics', 'create', 'letters', '--json'])).stdout), { topic: 'letters', partitions: 3, created: false })
  match((await place.run(['topics', 'describe', 'letters'])).stdout, /^kept also when every reader is done with it$/m)
})

test('a topic is made on Kafka, filled and read', { skip: needs('java') }, async t => {
  const place = new Workplace(t, {})
  const engine = ['--engine', `kafka://${await testBroker()}/${randomUUID()}`]
  const refused = await place.run(['topics', 'create', 'letters', '--replication-factor', '3', ...engine])
  equal(refused.code, 1)
  match(refused.stderr, /INVALID_REPLICATION_FACTOR: there are fewer brokers than that; give the engine a smaller replication factor, or start more brokers/)
  match((await place.run(['topics', 'create', 'letters', '--replication-factor', '1', ...engine])).stdout, /is made, with 24 partitions/)
  match((await place.run(['topics', 'create', 'numbers', '--partitions', '6', ...engine])).stdout, /is made, with 6 partitions/)
  match((await place.run(['topics', 'create', 'others', '--partitions', '7', ...engine])).stderr, /cannot have --partitions 7: it takes a multiple of 3, as each part has one for each priority: 24 for 8 processes/)
  match((await place.run(['topics', 'create', 'letters', '--partitions', '6', ...engine])).stderr, /'letters' is there already, with 24 partitions, and cannot get --partitions 6/)
  match((await place.run(['topics', 'produce', 'letters', ...engine], { input: '{"to":"ada"}\n{"to":"bob"}\n' })).stdout, /2 items added/)
  equal((await place.run(['topics', 'consume', 'letters', '--from-beginning', '--no-follow', ...engine])).stdout, '{"to":"ada"}\n{"to":"bob"}\n')
  match((await place.run(['topics', 'list', ...engine])).stdout, /^letters +24 +2 +0$/m)
})

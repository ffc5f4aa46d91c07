import { deepEqual, equal, match } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { testBroker } from '../kafka/broker.ts'
import { ForeignTopic } from '../kafka/foreign-topic.ts'
import { needs } from '../needs.ts'
import { onEachEngine } from './engines.ts'
import { Example } from './example.ts'

const orders = Array.from({ length: 200 }, (_, id) => ({ order: id, customer: `customer ${id % 40}`, country: ['NO', 'PE', 'JP'][id % 3]!, total: (id * 37) % 1_100 }))
const large = orders.filter(({ total }) => total >= 1_000)

onEachEngine("the large orders of a shop's topic are in the other, each once and under its customer, and one record that is no JSON is set aside", async engine => {
  using example = new Example('order-alerts', engine)
  const [broker, topics] = [await testBroker(), [randomUUID(), randomUUID()] as const]
  const written = await example.node('write-orders.ts', `kafka://${broker}`, ...topics)
  equal(written.code, 0, written.errors)
  const { code, output, errors } = await example.run('--shop', `kafka://${broker}`, '--orders', topics[0], '--alerts', topics[1])
  equal(code, 2, errors)
  match(output + errors, new RegExp(`${topics[0]}-\\d@\\d+ cannot be read: `))

  const alerts = await ForeignTopic.there(broker, topics[1]).read(large.length)
  deepEqual(alerts.map(({ value, key }) => ({ ...JSON.parse(value!), key })).toSorted((a, b) => a.order - b.order), large.map(({ order, customer, total }) => ({ order, customer, total, key: customer })))
  const turnover = ['NO', 'PE', 'JP'].map(country => ({ country, turnover: orders.filter(order => order.country === country).reduce((sum, { total }) => sum + total, 0) }))
  deepEqual(example.jsonLines<{ country: string }>('out/turnover.jsonl').toSorted((a, b) => a.country.localeCompare(b.country)), turnover.toSorted((a, b) => a.country.localeCompare(b.country)))
}, { skip: needs('java') })
